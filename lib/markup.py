"""Written text with a little formatting, as safe HTML: the subset of Markdown that people use.

Headings (##), paragraphs, lists (- and 1.), quotes (>), **strong**, *emphasis*, `code`, [links](…)
and ![images](…). Everything else is text; HTML in the text is shown, never obeyed. Links lead to
http, https, mailto or a path of this site, images to a path of this site alone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

HEADING = re.compile(r"(#{1,4})\s+(.*)")
BULLET = re.compile(r"\s{0,3}[-*+]\s+(.*)")
NUMBERED = re.compile(r"\s{0,3}\d{1,3}[.)]\s+(.*)")
QUOTE = re.compile(r"\s{0,3}>\s?(.*)")
CODE = re.compile(r"`([^`\n]+)`")
IMAGE = re.compile(r"!\[([^\]\n]*)\]\((/[^\s()/][^\s()]*)\)")
LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(((?:https?://|mailto:|/(?!/))[^\s()]*)\)")
STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])")
KEPT = re.compile("\x02(\\d+)\x03")


def to_html(text: str, *, top_heading: int = 2) -> str:
    """The text as HTML; its highest headings become <h2> unless `top_heading` says otherwise.

    No level is skipped on the way down, so that the page around it keeps its outline.
    """
    lines = text.replace("\r\n", "\n").replace("\x02", "").replace("\x03", "").split("\n")
    return "\n".join(_blocks(lines, top_heading))


def _blocks(lines: Sequence[str], top_heading: int) -> Iterator[str]:
    held: list[str] = []
    kind = ""
    levels = _heading_levels(lines, top_heading)
    for line in [*lines, ""]:
        found, rest = _kind_of(line)
        joins = found == kind or (found == "p" and kind in ("ul", "ol", "blockquote"))
        if held and not joins:
            yield _block(kind, held)
            held = []
        if found.startswith("h"):
            level = next(levels)
            yield f"<h{level}>{inline(rest)}</h{level}>"
        elif found and held and found == "p" and kind != "p":
            held[-1] += "\n" + rest
            continue
        elif found:
            held.append(rest)
        kind = "" if found.startswith("h") else found


def _heading_levels(lines: Iterable[str], top_heading: int) -> Iterator[int]:
    """The level of each heading of the text, in their order."""
    asked = [len(found[1]) for line in lines if (found := HEADING.fullmatch(line.strip()))]
    level = top_heading - 1
    for depth in asked:
        level = min(depth - min(asked) + top_heading, level + 1, 6)
        yield level


def _kind_of(line: str) -> tuple[str, str]:
    """The kind of block that a line belongs to, "" for an empty one, and its text."""
    if not line.strip():
        return "", ""
    if match := HEADING.fullmatch(line.strip()):
        return f"h{len(match[1])}", match[2]
    for kind, pattern in (("ul", BULLET), ("ol", NUMBERED), ("blockquote", QUOTE)):
        if match := pattern.fullmatch(line):
            return kind, match[1]
    return "p", line.strip()


def _block(kind: str, held: list[str]) -> str:
    if kind in ("ul", "ol"):
        items = "".join(f"<li>{inline(text)}</li>" for text in held)
        return f"<{kind}>{items}</{kind}>"
    words = "<br>".join(inline(text) for text in held) if kind == "p" else inline("\n".join(held))
    return f"<p>{words}</p>" if kind == "p" else f"<blockquote><p>{words}</p></blockquote>"


def inline(text: str) -> str:
    """One run of text; code, images and links are set aside before stars are read."""
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\x02{len(kept) - 1}\x03"

    text = CODE.sub(lambda match: keep(f"<code>{escape(match[1])}</code>"), text)
    text = IMAGE.sub(
        lambda match: keep(f'<img src="{escape(match[2])}" alt="{escape(match[1])}">'), text
    )
    text = LINK.sub(
        lambda match: keep(f'<a href="{escape(match[2])}" rel="noopener">{escape(match[1])}</a>'),
        text,
    )
    html = escape(text, quote=False)
    html = STRONG.sub(r"<strong>\1</strong>", html)
    html = EMPHASIS.sub(r"<em>\1</em>", html)
    # A link's text may hold code that was set aside before it.
    while KEPT.search(html):
        html = KEPT.sub(lambda match: kept[int(match[1])], html)
    return html
