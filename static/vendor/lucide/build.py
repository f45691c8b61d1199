"""Write sprite.svg from the icons named in icons.txt; see README.md."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
source = Path(sys.argv[1]) / "icons"
symbols = []
for name in sorted(set((HERE / "icons.txt").read_text(encoding="utf-8").split())):
    drawing = (source / f"{name}.svg").read_text(encoding="utf-8")
    found = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
    if found is None:
        sys.exit(f"{name}.svg holds no drawing.")
    shapes = re.sub(r"\s*\n\s*", "", found.group(1)).strip()
    symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
(HERE / "sprite.svg").write_text(
    '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n",
    encoding="utf-8",
)
