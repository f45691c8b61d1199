"""`python -m quality.scoring < request.json`: the answer of the stateless API, without a server.

Exit 0 with the answer on standard output; exit 2 with the list of errors there and one line on
standard error.
"""

import json
import sys

from quality.scoring.problems import InvalidRequest
from quality.scoring.requests import parse_request


def main() -> int:
    try:
        answer = parse_request(sys.stdin.buffer.read()).score().as_json()
    except InvalidRequest as invalid:
        sys.stdout.buffer.write(json.dumps(invalid.as_dict(), ensure_ascii=False).encode())
        print("Cannot score this request.", *str(invalid).split(), file=sys.stderr)
        return 2
    sys.stdout.buffer.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
