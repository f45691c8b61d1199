"""Reads answers from plain data and checks each against its criterion."""

from collections.abc import Mapping
from datetime import date

from quality.documents import FAULT_OWNERS, MAX_OPTIONS
from quality.scoring.answers import AGENT, Answer
from quality.scoring.card import Card, Item
from quality.scoring.facts import far_number
from quality.scoring.numbers import BadValue, plain
from quality.scoring.problems import Fields, Notes

LONGEST_ANSWER = 4000
FORMS = ("option", "options", "number", "na", "text", "date", "answered")
FIELDS = frozenset((*FORMS, "fault_owner"))
FORMS_OF_KIND = {
    "single": ("option",),
    "multi": ("options",),
    "number": ("number",),
    "text": ("text", "answered"),
    "date": ("date", "answered"),
}
HOW_TO_ANSWER = {
    "single": 'Answer with {"option": "key"}.',
    "multi": 'Answer with {"options": ["key", "key"]}.',
    "number": 'Answer with {"number": 7}.',
    "text": 'Answer with {"text": "words"}.',
    "date": 'Answer with {"date": "2026-05-04"}.',
    "label": "A label is only read; it takes no answer.",
}


def read_answers(card: Card, raw: object, notes: Notes) -> dict[str, Answer]:
    """Answers by criterion key; what is absent here counts as unanswered."""
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        notes.add("answers", "wrong_kind", "Answers are an object in braces, by criterion key.")
        return {}
    answers: dict[str, Answer] = {}
    for key, value in raw.items():
        path = f"answers.{str(key)[:60]}"
        item = card.by_key.get(key)
        if item is None:
            notes.add(path, "unknown_criterion", "The scorecard has no criterion of this key.")
            continue
        answer = read_answer(item, Fields(value, path, notes, FIELDS))
        if answer is not None:
            answers[key] = answer
    return answers


def read_answer(item: Item, fields: Fields) -> Answer | None:
    """None for an answer that says nothing: a blank text, or one with a problem."""
    owner = fields.word("fault_owner", FAULT_OWNERS, AGENT) or AGENT
    given = [form for form, value in fields.raw.items() if form in FORMS and is_said(value)]
    kind = item.criterion.kind
    if given == ["na"] and kind != "label":
        return Answer(is_na=True) if fields.flag("na") else None
    if len(given) != 1 or given[0] not in FORMS_OF_KIND.get(kind, ()):
        fields.notes.add(fields.path, "wrong_kind", HOW_TO_ANSWER[kind])
        return None
    if kind == "single":
        return _picked(item, [fields.raw["option"]], owner, fields)
    if kind == "multi":
        return _several(item, fields.raw["options"], owner, fields)
    if kind == "number":
        return _number(item, fields.raw["number"], owner, fields)
    return _written(given[0], fields)


def is_said(value: object) -> bool:
    """Null and false are the same as leaving the field out; the number 0 is not."""
    return value is not None and value is not False


def _picked(item: Item, keys: list[object], owner: str, fields: Fields) -> Answer | None:
    for key in keys:
        if not isinstance(key, str) or key not in item.options:
            message = f"{item.key} has no option {str(key)[:60]}."
            fields.notes.add(fields.path, "unknown_option", message)
            return None
    return Answer(options=tuple(sorted(str(key) for key in keys)), fault_owner=owner)


def _several(item: Item, keys: object, owner: str, fields: Fields) -> Answer | None:
    if not isinstance(keys, list | tuple) or not 1 <= len(keys) <= MAX_OPTIONS:
        message = f"Pick 1 to {MAX_OPTIONS} options, or leave the answer out."
        fields.problem("options", "wrong_kind", message)
        return None
    answer = _picked(item, list(keys), owner, fields)
    if answer and len(set(answer.options)) < len(keys):
        fields.problem("options", "duplicate_key", "An option is picked twice.")
        return None
    return answer


def _number(item: Item, raw: object, owner: str, fields: Fields) -> Answer | None:
    try:
        number = far_number(raw)
    except BadValue as bad:
        fields.problem("number", bad.code, str(bad))
        return None
    step = item.criterion.step
    if (number / step).denominator != 1:
        what = "a whole number" if step == 1 else f"a multiple of {plain(step)}"
        fields.problem("number", "out_of_limits", f"Give {what}.")
        return None
    if item.can_count and not any(option.covers(number) for option in item.criterion.options):
        fields.problem("number", "no_range", f"No range covers {plain(number)}.")
        return None
    return Answer(number=number, fault_owner=owner)


def _written(form: str, fields: Fields) -> Answer | None:
    """Only the fact that something was written counts; the words never enter a hash."""
    value = fields.raw[form]
    if form == "answered":
        return Answer(is_written=True) if fields.flag("answered") else None
    if not isinstance(value, str):
        fields.problem(form, "wrong_kind", "A text is needed here.")
        return None
    if form == "date" and not _is_date(value):
        fields.problem("date", "wrong_kind", "Give a date such as 2026-05-04.")
        return None
    if len(value) > LONGEST_ANSWER:
        fields.problem(form, "out_of_limits", f"At most {LONGEST_ANSWER} characters.")
        return None
    return Answer(is_written=True) if value.strip() else None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-05-04")
