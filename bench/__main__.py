"""Run every benchmark, one process each, and let each print its ratios."""

import subprocess
import sys
from pathlib import Path

SKIPPED = {"__init__", "__main__", "conftest", "figures", "floor", "web"}


def main() -> int:
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    codes = [
        subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode
        for name in names
        if name not in SKIPPED
    ]
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main())
