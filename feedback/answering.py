"""Read and judge what a respondent sent; the server alone decides, the page only repeats it.

An answer is {"value": …} with "other" (the text of Other) or {"na": true}. Values: a number for
scales, a code or a list of codes for choices, {row: code} for matrices, {part: text} for contact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from urllib.parse import urlsplit

from feedback.logic import Value
from feedback.questionnaire import CONTACT_PARTS, Question, Questionnaire, in_language
from lib.sentences import said

PREFIX = "q-"
LONGEST = {"plain": 500, "long": 5000, "email": 254, "url": 500, "phone": 40, "number": 30}
LONGEST_OTHER = 200
LONGEST_REGEX = 200
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"[+()\d][\d ./()-]{4,38}")
_NESTED = re.compile(r"\([^()]*[+*}][^()]*\)\s*(?:[+*]|\{\d*,\d*\})")

Answer = dict[str, Any]


class Sent(Protocol):
    """The fields of a form, as Django's QueryDict has them."""

    def get(self, key: str, default: Any = "", /) -> Any: ...
    def getlist(self, key: str, /) -> list[Any]: ...


class Tampered(Exception):
    """The form holds what the page never offers."""

    def __str__(self) -> str:
        return "This form was changed on its way. Open the link again."


# --- Reading -------------------------------------------------------------------------------------


def field_names(question: Question) -> set[str]:
    """Every name that the page gives to fields of the question."""
    base = PREFIX + question.code
    names = {base, f"{base}-na", f"{base}-other"}
    if question.kind == "matrix":
        names |= {f"{base}-{row.code}" for row in question.rows}
    if question.kind == "ranking":
        names |= {f"{base}-{option.code}" for option in question.options}
    if question.kind == "contact":
        names |= {f"{base}-{part}" for part in CONTACT_PARTS}
    return names


def check_names(questions: Iterable[Question], names: Iterable[str]) -> None:
    """Raises Tampered for a field of a question that the page did not ask."""
    known = set().union(*(field_names(question) for question in questions), set())
    if any(name.startswith(PREFIX) and name not in known for name in names):
        raise Tampered


def read_answer(question: Question, sent: Sent) -> Answer:
    """What was sent for a question; an empty dict where nothing was. Raises Tampered."""
    base = PREFIX + question.code
    if question.allows_na and sent.get(f"{base}-na", ""):
        return {"na": True}
    value = _READERS.get(question.kind, _text)(question, base, sent)
    if value in (None, "", [], {}):
        return {}
    answer: Answer = {"value": value}
    chosen = value if isinstance(value, list) else [value]
    other = next((one.code for one in question.options if one.kind == "other"), None)
    if question.kind in ("single", "multi", "picture_choice", "driver") and other in chosen:
        answer["other"] = clean_text(sent.get(f"{base}-other", ""))
    return answer


def clean_text(text: str) -> str:
    """Without control characters and blanks around."""
    return "".join(one for one in str(text) if one in "\n\t" or one.isprintable()).strip()


def _scale(question: Question, base: str, sent: Sent) -> int | None:
    text = sent.get(base, "")
    if text == "":
        return None
    if not re.fullmatch("[0-9]{1,2}", text) or int(text) not in question.values:
        raise Tampered
    return int(text)


def _single(question: Question, base: str, sent: Sent) -> str | None:
    code = sent.get(base, "")
    if code and code not in question.option_codes:
        raise Tampered
    return code or None


def _multi(question: Question, base: str, sent: Sent) -> list[str]:
    codes = list(dict.fromkeys(sent.getlist(base)))
    if not question.option_codes.issuperset(codes):
        raise Tampered
    return [option.code for option in question.options if option.code in codes]


def _matrix(question: Question, base: str, sent: Sent) -> dict[str, str]:
    found = {row.code: sent.get(f"{base}-{row.code}", "") for row in question.rows}
    if any(code and code not in question.option_codes for code in found.values()):
        raise Tampered
    return {row: code for row, code in found.items() if code}


def _ranking(question: Question, base: str, sent: Sent) -> dict[str, int]:
    found = {}
    for option in question.options:
        text = sent.get(f"{base}-{option.code}", "")
        if text and (
            not re.fullmatch("[0-9]{1,2}", text) or not 1 <= int(text) <= len(question.options)
        ):
            raise Tampered
        if text:
            found[option.code] = int(text)
    return found


def _contact(question: Question, base: str, sent: Sent) -> dict[str, str]:
    found = {part: clean_text(sent.get(f"{base}-{part}", "")) for part in CONTACT_PARTS}
    return {part: text for part, text in found.items() if text}


def _consent(question: Question, base: str, sent: Sent) -> str | None:
    return "yes" if sent.get(base, "") == "yes" else None


def _text(question: Question, base: str, sent: Sent) -> str:
    return clean_text(sent.get(base, ""))


def _nothing(question: Question, base: str, sent: Sent) -> None:
    return None


_READERS: Mapping[str, Callable[[Question, str, Sent], Any]] = {
    **dict.fromkeys(("csat", "nps", "ces", "rating"), _scale),
    **dict.fromkeys(("single", "picture_choice", "driver"), _single),
    "multi": _multi,
    "matrix": _matrix,
    "ranking": _ranking,
    "contact": _contact,
    "consent": _consent,
    "statement": _nothing,
    "file": _nothing,  # Files come beside the form; the caller stores them.
}


# --- Judging -------------------------------------------------------------------------------------


def fault_of(question: Question, answer: Answer, *, is_required: bool, language: str) -> str:
    """A sentence about what is wrong with an answer; empty if nothing is."""
    if answer.get("na"):
        return ""
    if not answer:
        if not is_required:
            return ""
        if question.kind == "consent":
            return said("Tick the box to go on.")
        return said("Answer this question.")
    if fault := _shape_fault(question, answer):
        return fault
    fault = _validation_fault(question, answer["value"])
    own_words = in_language(question.validation.get("message", {}), language)
    return own_words if fault and own_words else fault


def _shape_fault(question: Question, answer: Answer) -> str:
    value = answer["value"]
    if question.kind in ("text", "date"):
        return _text_fault(question, value)
    if question.kind == "multi" and len(value) > 1 and _excludes(question, value):
        return said("The last choice excludes the others; keep one of both.")
    if "other" in answer and not answer["other"]:
        return said("Say what else, in a few words.")
    if len(answer.get("other", "")) > LONGEST_OTHER:
        return said("Use at most {bound} characters.", bound=LONGEST_OTHER)
    if question.kind == "ranking" and sorted(value.values()) != list(range(1, len(value) + 1)):
        return said("Give each place once, beginning with 1.")
    if question.kind == "matrix" and question.is_required and len(value) < len(question.rows):
        return said("Choose one answer in each row.")
    if question.kind == "contact":
        return _contact_fault(value)
    return ""


def _excludes(question: Question, codes: list[str]) -> bool:
    return any(option.kind == "none" and option.code in codes for option in question.options)


def _text_fault(question: Question, text: str) -> str:
    if question.kind == "date":
        return "" if _date(text) else said("Write the date as year-month-day, such as 2026-03-16.")
    most = LONGEST[question.text_kind]
    if len(text) > most:
        return said("Use at most {most:,} characters; you have {n:,}.", most=most, n=len(text))
    if question.text_kind == "email" and not _EMAIL.fullmatch(text):
        return said("Write an e-mail address such as name@example.com.")
    if question.text_kind == "url" and not _is_url(text):
        return said("Write an address that begins with https://.")
    if question.text_kind == "phone" and not _PHONE.fullmatch(text):
        return said("Write a telephone number with its area code.")
    if question.text_kind == "number" and _number(text) is None:
        return said("Write a number, such as 12 or 3.5.")
    return ""


def _contact_fault(value: Mapping[str, str]) -> str:
    if any(len(text) > LONGEST["email"] for text in value.values()):
        return said("Use at most 254 characters in each line.")
    if "email" in value and not _EMAIL.fullmatch(value["email"]):
        return said("Write an e-mail address such as name@example.com.")
    if "phone" in value and not _PHONE.fullmatch(value["phone"]):
        return said("Write a telephone number with its area code.")
    return ""


def _validation_fault(question: Question, value: Any) -> str:
    rules = question.validation.get("rules") or ()
    faults = [RULES[rule["kind"]](value, rule["value"]) for rule in rules]
    if question.validation.get("join") == "any":
        return faults[0] if faults and all(faults) else ""
    return next((fault for fault in faults if fault), "")


def _min_length(value: Any, bound: Any) -> str:
    return (
        ""
        if len(str(value)) >= int(bound)
        else said("Use at least {bound} characters.", bound=bound)
    )


def _max_length(value: Any, bound: Any) -> str:
    return (
        ""
        if len(str(value)) <= int(bound)
        else said("Use at most {bound} characters.", bound=bound)
    )


def _regex(value: Any, pattern: Any) -> str:
    return (
        ""
        if re.search(pattern, str(value)[:1000])
        else said("This does not have the form asked for.")
    )


def _has_text(value: Any, part: Any) -> str:
    return (
        ""
        if str(part).casefold() in str(value).casefold()
        else said("This must contain “{part}”.", part=part)
    )


def _has_not_text(value: Any, part: Any) -> str:
    return "" if _has_text(value, part) else said("This must not contain “{part}”.", part=part)


def _min(value: Any, bound: Any) -> str:
    found = _number(value)
    return (
        ""
        if found is not None and found >= Decimal(str(bound))
        else said("Use {bound} or more.", bound=bound)
    )


def _max(value: Any, bound: Any) -> str:
    found = _number(value)
    return (
        ""
        if found is not None and found <= Decimal(str(bound))
        else said("Use {bound} or less.", bound=bound)
    )


def _min_choices(value: Any, bound: Any) -> str:
    return "" if len(value) >= int(bound) else said("Choose at least {bound}.", bound=bound)


def _max_choices(value: Any, bound: Any) -> str:
    return "" if len(value) <= int(bound) else said("Choose at most {bound}.", bound=bound)


def _min_date(value: Any, bound: Any) -> str:
    return "" if str(value) >= str(bound) else said("Choose {bound} or a later day.", bound=bound)


def _max_date(value: Any, bound: Any) -> str:
    return (
        "" if str(value) <= str(bound) else said("Choose {bound} or an earlier day.", bound=bound)
    )


RULES: Mapping[str, Callable[[Any, Any], str]] = {
    "min_length": _min_length,
    "max_length": _max_length,
    "regex": _regex,
    "contains": _has_text,
    "not_contains": _has_not_text,
    "min": _min,
    "max": _max,
    "min_choices": _min_choices,
    "max_choices": _max_choices,
    "min_date": _min_date,
    "max_date": _max_date,
}


def rule_fault(rule: Mapping[str, Any]) -> str:
    """What makes a validation rule unusable; empty if nothing does."""
    kind, value = str(rule.get("kind")), rule.get("value")
    if kind not in RULES:
        return f"There is no check {kind!r}."
    if kind == "regex":
        return _regex_fault(str(value))
    if kind.endswith("_date"):
        return "" if _date(str(value)) else "Write the date as year-month-day."
    if kind in ("contains", "not_contains"):
        return "" if str(value).strip() else "Say which text."
    return "" if _number(value) is not None else "Write a number."


def _regex_fault(pattern: str) -> str:
    if not pattern or len(pattern) > LONGEST_REGEX:
        return f"A pattern has 1 to {LONGEST_REGEX} characters."
    if _NESTED.search(pattern):
        return "A repeated group must not hold another repetition; it could run for ever."
    try:
        re.compile(pattern)
    except re.error as error:
        return f"This pattern cannot be read: {error}."
    return ""


# --- For logic -----------------------------------------------------------------------------------


def values_of(version: Questionnaire, answers: Mapping[str, Answer]) -> dict[str, Value]:
    """The answers as logic and piping read them; skipped and not applicable are missing."""
    found: dict[str, Value] = {}
    for code, answer in answers.items():
        value = answer.get("value")
        if isinstance(value, dict):
            found |= {f"{code}.{part}": one for part, one in value.items()}
            value = list(value)
        if value not in (None, "", []):
            found[code] = value
    return found


def labels_of(
    version: Questionnaire, answers: Mapping[str, Answer], language: str
) -> dict[str, str]:
    """The answers as people read them, for piping."""
    found = {}
    for code, value in values_of(version, answers).items():
        question = version.questions.get(code)
        if question is None:
            found[code] = str(value)
            continue
        parts = value if isinstance(value, list) else [value]
        shown = []
        for part in parts:
            option = question.option(str(part))
            shown.append(in_language(option.words, language) if option else str(part))
        found[code] = ", ".join(shown)
    return found


def _number(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**15 else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
