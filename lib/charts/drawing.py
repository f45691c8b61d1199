"""A sheet of SVG: shapes by presentation attributes, text that is escaped, measured and cut."""

from collections.abc import Mapping, Sequence
from html import escape

Point = tuple[float, float]
Attribute = str | float | None

FONT = "Inter, system-ui, sans-serif"
TEXT = 11
SOFT = 0.72
GRID = 0.13
AXIS = 0.4

# Each holds 3:1 on white and on the dark surface; neighbors differ in hue and lightness.
COLORS = ("#1b86ad", "#c46a28", "#8467c9", "#2f9257", "#b9528f", "#66788c", "#a37a12", "#d0473c")
TONES = {
    "accent": "#1b86ad",
    "good": "#2f9257",
    "warn": "#b27714",
    "bad": "#d0473c",
    "quiet": "#66788c",
}
DASHES = ("", "6 4", "2 3", "9 3 2 3", "4 2", "1 4", "12 3", "3 6")

_SHAPES: dict[int, tuple[Point, ...]] = {
    1: ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    2: ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    3: ((0, -1.2), (1.2, 1), (-1.2, 1)),
}
_NARROW = frozenset("iIjlt.,:;'|!()[] fr-–·")
_WIDE = frozenset("mMwW@%—")


def text_width(text: str, size: float = TEXT) -> float:
    """About how wide text is in the font of the product, slightly on the safe side."""
    ems = 0.0
    for letter in text:
        if letter in _NARROW:
            ems += 0.36
        elif letter in _WIDE:
            ems += 0.95
        elif letter.isupper() or letter.isdigit():
            ems += 0.66
        else:
            ems += 0.58 if letter.isascii() or letter.islower() else 1.0
    return ems * size


def cut(text: str, width: float, size: float = TEXT) -> str:
    """Text that fits the width, cut with an ellipsis if it must be."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


class Sheet:
    """Collects shapes; every coordinate is rounded to a tenth so that the bytes are stable."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self._parts: list[str] = []

    def line(self, a: Point, b: Point, *, color: str = "currentColor", **look: Attribute) -> None:
        """A straight line."""
        ends = {"x1": a[0], "y1": a[1], "x2": b[0], "y2": b[1]}
        self._add("line", {**ends, "fill": "none", "stroke": color, **look})

    def rule(self, a: Point, b: Point, opacity: float = GRID) -> None:
        """A hairline of the grid or an axis."""
        self.line(a, b, stroke_opacity=opacity, stroke_width=1)

    def rect(
        self,
        corner: Point,
        width: float,
        height: float,
        color: str,
        told: str = "",
        **look: Attribute,
    ) -> None:
        """A filled rectangle; what it tells appears on hover."""
        size = {"width": max(width, 0.0), "height": max(height, 0.0)}
        self._add("rect", {"x": corner[0], "y": corner[1], **size, "fill": color, **look}, told)

    def path(self, points: Sequence[Point], *, closed: bool = False, **look: Attribute) -> None:
        """A line through points."""
        steps = "L".join(f"{_tenth(x)} {_tenth(y)}" for x, y in points)
        self._add("path", {"d": f"M{steps}{'Z' if closed else ''}", **look})

    def mark(
        self, at: Point, color: str, *, shape: int = 0, size: float = 3, hollow: bool = False
    ) -> None:
        """A point: circle, square, diamond or triangle; hollow ones rest on too little."""
        x, y = at
        fill = "none" if hollow else color
        if shape % 4 == 0:
            round_look: dict[str, Attribute] = {"fill": fill, "stroke": color, "stroke_width": 1.5}
            self._add("circle", {"cx": x, "cy": y, "r": size, **round_look})
            return
        corners = [(x + dx * size, y + dy * size) for dx, dy in _SHAPES[shape % 4]]
        self.path(corners, closed=True, fill=fill, stroke=color, stroke_width=1.5)

    def text(
        self,
        at: Point,
        text: str,
        *,
        anchor: str = "start",
        room: float | None = None,
        soft: bool = False,
        strong: bool = False,
        size: float = TEXT,
    ) -> None:
        """Text with its middle at the height given; cut to its room, whole on hover."""
        shown = text if room is None else cut(text, room, size)
        look: dict[str, Attribute] = {"x": at[0], "y": at[1] + size * 0.36}
        look["text_anchor"] = None if anchor == "start" else anchor
        look["font_size"] = None if size == TEXT else size
        look["font_weight"] = 600 if strong else None
        look["fill_opacity"] = SOFT if soft else None
        self._add("text", look, text if shown != text else "", shown)

    def svg(self, message: str, description: str) -> str:
        """The whole picture, named by its message."""
        width, height = _tenth(self.width), _tenth(self.height)
        return (
            f'<svg class="chart-svg" role="img" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" font-family="{FONT}" '
            f'font-size="{TEXT}" font-variant="tabular-nums" fill="currentColor">'
            f"<title>{escape(message)}</title><desc>{escape(description)}</desc>"
            f"{''.join(self._parts)}</svg>"
        )

    def _add(
        self, tag: str, attributes: Mapping[str, Attribute], told: str = "", content: str = ""
    ) -> None:
        written = "".join(
            f' {name.replace("_", "-")}="{_value(value)}"'
            for name, value in attributes.items()
            if value not in (None, "")
        )
        inner = (f"<title>{escape(told)}</title>" if told else "") + escape(content)
        self._parts.append(f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>")


def _value(value: Attribute) -> str:
    return escape(value) if isinstance(value, str) else _tenth(value or 0)


def _tenth(value: float) -> str:
    """A tenth of a pixel, and hundredths below one, where opacities are."""
    text = f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
