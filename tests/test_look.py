"""The look holds: contrast, icons, no inline style or script, small modules, a complete gallery."""

import re
from pathlib import Path

import pytest
from django.test import Client

from lib.contrast import ratio

ROOT = Path(__file__).resolve().parent.parent
CSS = ROOT / "static" / "css"
TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)")
SURFACES = ("canvas", "surface", "raised", "sunken", "hover", "selected")
TEXTS = ("text", "text-soft", "text-faint", "accent", "accent-strong", "good", "warn", "bad")
TINTS = {"good-tint": "good", "warn-tint": "warn", "bad-tint": "bad", "accent-tint": "accent"}


def tokens() -> dict[str, tuple[str, str]]:
    everyday = (CSS / "tokens.css").read_text(encoding="utf-8").partition("@media")[0]
    return {name: (light, dark) for name, light, dark in TOKEN.findall(everyday)}


def too_faint(fronts, backs, least: float) -> list[str]:
    known = tokens()
    return [
        f"{front} on {back}: {ratio(known[front][scheme], known[back][scheme]):.2f}"
        for front in fronts
        for back in backs
        for scheme in (0, 1)
        if ratio(known[front][scheme], known[back][scheme]) < least
    ]


def test_text_is_readable_on_every_surface_in_both_schemes():
    assert too_faint(TEXTS, SURFACES, 4.5) == []


def test_tones_are_readable_on_their_own_tint():
    faint = [line for tint, tone in TINTS.items() for line in too_faint([tone], [tint], 4.5)]
    faint += too_faint(["text", "text-soft", "text-faint"], TINTS, 4.5)

    assert faint == []


def test_controls_and_focus_stand_out_from_every_surface():
    assert too_faint(["edge", "focus"], SURFACES, 3) == []
    assert too_faint(["on-accent"], ["accent", "accent-strong"], 4.5) == []


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def test_every_icon_that_is_named_is_in_the_sprite():
    sprite = (ROOT / "static/vendor/lucide/sprite.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    named = set((ROOT / "static/vendor/lucide/icons.txt").read_text(encoding="utf-8").split())
    used = {
        (name, str(path.relative_to(ROOT)))
        for path in templates()
        for name in re.findall(
            r'(?:{% icon |icon=|icon\|default:)"([\w-]+)"', path.read_text(encoding="utf-8")
        )
    }

    assert drawn == named
    assert [pair for pair in sorted(used) if pair[0] not in drawn] == []


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("style attribute", r"<[^>{]*\sstyle="),
        ("event attribute", r"<[^>{]*\son[a-z]+="),
        ("script in the page", r"<script(?![^>]*\ssrc=)[^>]*>"),
        ("style in the page", r"<style"),
        ("something the policy would have to evaluate", r'hx-on|hx-vals="js:|javascript:'),
    ],
)
def test_pages_hold_no_inline_style_or_script(fault, pattern):
    pages = [path for path in templates() if "pdf" not in path.parts and "email" not in path.parts]

    found = [
        str(path.relative_to(ROOT))
        for path in pages
        if re.search(pattern, path.read_text(encoding="utf-8"))
    ]

    assert found == [], fault


def test_style_sheets_take_their_colors_from_the_tokens():
    sheets = [path for path in CSS.glob("*.css") if path.name != "tokens.css"]

    colors = {
        f"{path.name}: {color}"
        for path in sheets
        for color in re.findall(r"#[0-9a-f]{3,8}\b(?=[;,) ])", path.read_text(encoding="utf-8"))
    }

    assert colors == set()


def test_modules_of_the_frame_are_small():
    modules = (ROOT / "static" / "js").glob("*.js")

    assert [m.name for m in modules if len(m.read_text(encoding="utf-8").splitlines()) > 150] == []


@pytest.mark.django_db
def test_gallery_shows_every_component():
    client = Client()

    answers = [
        client.get(path) for path in ("/gallery/", "/gallery/workspace/", "/gallery/public/")
    ]

    shown = {template.name for answer in answers for template in answer.templates}
    every = {f"components/{path.name}" for path in (ROOT / "templates/components").iterdir()}
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert sorted(every - shown) == []
