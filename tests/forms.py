"""The forms of a page, to send them as a browser would, and as nobody should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

SHORT = "x"
KEPT = frozenset({"hidden", "checkbox", "radio"})


@dataclass
class PageForm:
    """`kept` is what the page itself fills in, `written` names what a person does."""

    address: str
    kept: dict[str, list[str]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)

    def sendings(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """Each button with nothing entered, and with too little: where it leads, and what with."""
        for button in self.buttons or [{}]:
            pressed = {button["name"]: [button.get("value", "")]} if "name" in button else {}
            for text in ("", SHORT):
                entered = {name: [text] for name in self.written}
                yield button.get("formaction", self.address), entered | self.kept | pressed


class FormReader(HTMLParser):
    """Collects the forms of a page that change something."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.by_id: dict[str, PageForm] = {}
        self.forms: list[PageForm] = []
        self.open: PageForm | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.begin(given)
            return
        form = self.by_id.get(given["form"]) if "form" in given else self.open
        if form is None:
            return
        if tag == "button" and given.get("type", "submit") == "submit":
            form.buttons.append(given)
        elif tag == "select":
            self.select = given.get("name", "")
        elif tag == "option" and self.select and given.get("value"):
            chosen = [given["value"]]
            form.kept[self.select] = (
                chosen if "selected" in given else form.kept.get(self.select, chosen)
            )
        elif tag in ("input", "textarea") and "name" in given:
            take(form, given)

    def begin(self, given: dict[str, str]) -> None:
        if given.get("method", "get").lower() != "post":
            return
        address = urlsplit(urljoin(self.path, given.get("action", "")))
        self.open = PageForm(address._replace(fragment="").geturl())
        self.forms.append(self.open)
        if "id" in given:
            self.by_id[given["id"]] = self.open

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = ""


def take(form: PageForm, given: dict[str, str]) -> None:
    name, kind = given["name"], given.get("type", "text")
    if kind not in KEPT:
        form.written.append(name)
    elif kind == "hidden" or "checked" in given:
        form.kept.setdefault(name, []).append(given.get("value", "on"))


def forms_of(html: str, path: str) -> list[PageForm]:
    reader = FormReader(path)
    reader.feed(html)
    return reader.forms
