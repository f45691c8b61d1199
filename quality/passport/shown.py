"""Checks the fields that scoring passes over: wording, switches of policy, translations."""

from quality.documents import MAX_CRITERIA
from quality.scoring.problems import Fields, Notes

MOST_HOURS = 1080
MOST_TAGS = 50
DIRECTIONS = ("any", "inbound", "outbound", "internal")
CHANNELS = ("voice", "video", "chat", "email", "sms", "messaging", "social", "web_form")
DECIDERS = ("evaluator", "supervisor", "pool")
TONES = ("good", "neutral", "bad")

TEXTS = {
    "version": {"name": 200, "change_note": 1000, "language": 35, "description": 4000},
    "section": {"title": 250, "instructions": 1024},
    "criterion": {"text": 500, "help": 4000, "default_option": 40, "answer_set": 200},
    "option": {"label": 250},
}
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "version": {
        "kind": ("interaction", "evaluator"),
        "direction": DIRECTIONS,
        "release_mode": ("on_submit", "delayed", "manual", "never"),
        "self_assessment": ("off", "optional", "required"),
        "state": ("draft", "published", "retired"),
    },
    "section": {},
    "criterion": {
        "comment_rule": ("optional", "required", "required_on_fail"),
        "evidence_rule": ("none", "required_on_fail"),
        "default_rule": ("none", "highest", "lowest", "na", "option"),
    },
    "option": {"tone": TONES},
}
FLAGS = {
    "version": ("weights_hidden", "evaluator_hidden", "dispute_may_lower"),
    "section": ("allow_na",),
    "criterion": ("allow_na", "is_required"),
    "option": (),
}
NUMBERS: dict[str, dict[str, tuple[int, int]]] = {
    "version": {
        "number": (1, 100_000),
        "approval_percent": (0, 100),
        "release_delay_hours": (0, MOST_HOURS),
        "dispute_window_hours": (0, MOST_HOURS),
        "acknowledge_hours": (0, 100_000),
        "dispute_rounds": (0, 5),
    },
    "section": {},
    "criterion": {},
    "option": {"range_from": (-1_000_000, 1_000_000), "range_to": (-1_000_000, 1_000_000)},
}
WHOLE = frozenset(NUMBERS["version"]) - {"approval_percent"}


def check_version(fields: Fields) -> None:
    """Notes every problem of the version and of all that stands below it."""
    check(fields, "version")
    check_words(fields, "channels", CHANNELS)
    check_words(fields, "dispute_deciders", DECIDERS)
    check_words(fields, "languages")
    for path, raw in _items(fields, "sections"):
        check_section(Fields(raw, path, fields.notes, ANY))


def check_section(fields: Fields) -> None:
    check(fields, "section")
    for path, raw in _items(fields, "criteria"):
        check_criterion(Fields(raw, path, fields.notes, ANY))
    for path, raw in _items(fields, "sections"):
        check_section(Fields(raw, path, fields.notes, ANY))


def check_criterion(fields: Fields) -> None:
    check(fields, "criterion")
    check_words(fields, "tags")
    for path, raw in _items(fields, "options"):
        option = Fields(raw, path, fields.notes, ANY)
        check(option, "option")
        check_causes(option)


def check(fields: Fields, level: str) -> None:
    """The fields that one level has: texts, words, flags, numbers, translations."""
    for name, longest in TEXTS[level].items():
        _check_text(fields, name, longest)
    for name, allowed in WORDS[level].items():
        fields.word(name, allowed)
    for name in FLAGS[level]:
        fields.flag(name)
    for name, (low, high) in NUMBERS[level].items():
        fields.number(name, low, high, 0 if name in WHOLE else 4)
    for band_path, raw in _items(fields, "bands"):
        Fields(raw, band_path, fields.notes, ANY).word("tone", TONES)
    check_translations(fields)


def check_words(fields: Fields, name: str, allowed: tuple[str, ...] = ()) -> None:
    for index, (_path, value) in enumerate(fields.items(name, MOST_TAGS)):
        if not isinstance(value, str) or len(value) > 80:
            fields.problem(f"{name}[{index}]", "wrong_kind", "A text of at most 80 characters.")
        elif allowed and value not in allowed:
            fields.problem(f"{name}[{index}]", "out_of_limits", f"One of: {', '.join(allowed)}.")


def check_causes(fields: Fields) -> None:
    for path, raw in _items(fields, "root_causes"):
        cause = Fields(raw, path, fields.notes, frozenset({"key", "label"}))
        cause.key()
        cause.text("label", 120)


def check_translations(fields: Fields) -> None:
    """`texts` maps a language to the wording of some fields."""
    given = fields.raw.get("texts")
    if given is None:
        return
    languages = Fields(given, fields.at("texts"), fields.notes, ANY)
    for language, raw in languages.raw.items():
        wording = Fields(raw, languages.at(language), fields.notes, ANY)
        for name in wording.raw:
            _check_text(wording, str(name), 4000)


def _check_text(fields: Fields, name: str, longest: int) -> None:
    """A text that may be empty."""
    value = fields.raw.get(name)
    if value is None:
        return
    if not isinstance(value, str):
        fields.problem(name, "wrong_kind", "A text is expected here.")
    elif len(value) > longest:
        fields.problem(name, "out_of_limits", f"At most {longest} characters.")


def _items(fields: Fields, name: str) -> list[tuple[str, object]]:
    """Like `Fields.items`, but silent: scoring has said already what is wrong with the list."""
    return Fields(fields.raw, fields.path, Notes(), ANY).items(name, 10 * MAX_CRITERIA)


class _Any:
    """Holds every name; unknown ones were noted where scoring read the same object."""

    def __contains__(self, name: object) -> bool:
        return True


ANY = _Any()
