"""Questions of an attempt as pages show them, and the answers that their forms send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from lib import markup
from training import grading
from training.models import AttemptItem
from training.quiz_limits import Standing


@dataclass(frozen=True)
class Shown:
    """One question before the review: what is asked and what was answered, never its key."""

    item: AttemptItem
    name: str
    number: int
    kind: str
    prompt: SafeString
    points: str
    body: dict[str, Any]

    @property
    def is_answered(self) -> bool:
        return bool(self.item.response)

    @property
    def text(self) -> str:
        return str(self.item.response.get("text", ""))

    @property
    def options(self) -> list[dict[str, Any]]:
        """Options in this attempt's order, the chosen ones marked."""
        rows = {row["id"]: row for row in self.body.get("options", [])}
        response = self.item.response
        chosen = {response.get("option"), *response.get("options", [])}
        return [
            {"id": pk, "text": rows[pk]["text"], "is_chosen": pk in chosen, "key": number}
            for number, pk in enumerate(self.item.option_order, 1)
            if pk in rows
        ]

    @property
    def pairs(self) -> list[dict[str, Any]]:
        """Left sides with the right sides to choose from."""
        right = {row["id"]: row["text"] for row in self.body.get("right", [])}
        given = self.item.response.get("pairs", {})
        choices = [(pk, right[pk]) for pk in self.item.option_order if pk in right]
        return [
            {**row, "choices": choices, "chosen": given.get(row["id"], "")}
            for row in self.body.get("left", [])
        ]

    @property
    def items(self) -> list[dict[str, Any]]:
        """Things to put in order, as they stand now."""
        rows = {row["id"]: row for row in self.body.get("items", [])}
        return [rows[pk] for pk in self.item.response.get("order", self.item.option_order)]

    @property
    def gaps(self) -> list[dict[str, Any]]:
        """Pieces of text, each but the last followed by a gap."""
        texts, given = self.body.get("texts", []), self.item.response.get("gaps", [])
        last = len(texts) - 1
        return [
            {"text": text, "number": n, "has_gap": n < last, "value": _at(given, n)}
            for n, text in enumerate(texts)
        ]


def _at(values: list[str], index: int) -> str:
    return values[index] if index < len(values) else ""


def shown(item: AttemptItem) -> Shown:
    version = item.question_version
    return Shown(
        item=item,
        name=f"r{item.position}",
        number=item.position + 1,
        kind=version.kind,
        prompt=as_html(version.prompt),
        points=f"{version.points.normalize():f}",
        body=version.body,
    )


def as_html(text: str, *, top_heading: int = 3) -> SafeString:
    # Everything in it was escaped there.
    return mark_safe(markup.to_html(text, top_heading=top_heading))


def response_from(item: AttemptItem, posted: QueryDict) -> dict[str, Any] | None:
    """What a form says about one question; None if it says nothing about it."""
    name, kind, body = f"r{item.position}", item.question_version.kind, item.question_version.body
    if kind == "match":
        pairs = {row["id"]: posted.get(f"{name}-{row['id']}", "") for row in body["left"]}
        return {"pairs": pairs} if f"{name}-{body['left'][0]['id']}" in posted else None
    if kind == "gap_fill":
        count = len(body["texts"]) - 1
        gaps = [posted.get(f"{name}-{n}", "") for n in range(count)]
        return {"gaps": gaps} if f"{name}-0" in posted else None
    if kind == "order":
        given = posted.getlist(name)
        untouched = not item.response and given == item.option_order
        return {"order": given} if given and not untouched else None
    if kind == "multiple":
        return {"options": posted.getlist(name)} if f"{name}-asked" in posted else None
    if kind in ("single", "true_false"):
        return {"option": posted.get(name, "")} if f"{name}-asked" in posted else None
    return {"text": posted[name]} if name in posted else None


# --- Review --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reviewed:
    """One question after the attempt; `right` and `feedback` are empty until they may be seen."""

    number: int
    prompt: SafeString
    given: list[str]
    score: str
    points: str
    tone: str
    right: list[str]
    feedback: str
    note: str


def may_see_answers(standing: Standing, shows_always: bool) -> bool:
    """After passing, when no attempt is left, or after each attempt where the quiz says so."""
    has_passed = any(one.is_passed for one in standing.attempts)
    return shows_always or has_passed or not standing.has_attempt_left


def reviewed(item: AttemptItem, *, with_answers: bool) -> Reviewed:
    version = item.question_version
    return Reviewed(
        number=item.position + 1,
        prompt=as_html(version.prompt),
        given=in_words(version.kind, version.body, item.response),
        score="–" if item.score is None else f"{item.score.normalize():f}",
        points=f"{version.points.normalize():f}",
        tone=_tone(item),
        right=right_in_words(version.kind, version.body, version.key) if with_answers else [],
        feedback=version.feedback if with_answers else "",
        note=item.grader_note,
    )


def _tone(item: AttemptItem) -> str:
    if item.score is None:
        return ""
    if item.score >= item.question_version.points:
        return "good"
    return "warn" if item.score > 0 else "bad"


def in_words(kind: str, body: Mapping[str, Any], response: Mapping[str, Any]) -> list[str]:
    """An answer as lines of text; empty for a blank."""
    if not response:
        return []
    texts = {row["id"]: row["text"] for rows in _tables(body) for row in rows}
    if "option" in response:
        return [texts[response["option"]]]
    if "pairs" in response:
        return [f"{texts[a]} → {texts[b]}" for a, b in response["pairs"].items()]
    if "gaps" in response:
        return [f"{n}. {text or '–'}" for n, text in enumerate(response["gaps"], 1)]
    if "options" in response or "order" in response:
        return [texts[pk] for pk in response.get("options") or response["order"]]
    return [str(response.get("text") or response.get("name", ""))]


def right_in_words(kind: str, body: Mapping[str, Any], key: Mapping[str, Any]) -> list[str]:
    """The right answer as lines of text; empty where people mark."""
    if kind in ("single", "true_false"):
        return in_words(kind, body, {"option": key["correct"]})
    if kind == "multiple":
        return in_words(kind, body, {"options": key["correct"]})
    if kind in ("match", "order"):
        return in_words(kind, body, key)
    if kind == "gap_fill":
        return [f"{n}. {_best(gap['variants'])}" for n, gap in enumerate(key["gaps"], 1)]
    if kind == "short_text":
        return [_best(key["variants"])]
    if kind == "numeric":
        exact = grading.rounded(Fraction(key["value"]), 6).normalize()
        return [f"{exact:f}{_tolerance(key)}"]
    return []


def _best(variants: list[Mapping[str, Any]]) -> str:
    return str(next(one["text"] for one in variants if float(one["credit"]) == 1))


def _tolerance(key: Mapping[str, Any]) -> str:
    if "absolute" in key:
        return f" ± {key['absolute']}"
    return f" ± {key['relative_percent']} %" if "relative_percent" in key else ""


def _tables(body: Mapping[str, Any]) -> list[list[dict[str, str]]]:
    return [body.get(name, []) for name in ("options", "left", "right", "items")]
