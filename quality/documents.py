"""What a scorecard version looks like as plain data: the one list of its fields.

`ScorecardVersion.as_document()` writes this shape; scoring, lint, diff, export and import read it.
Numbers are JSON numbers or decimal strings, never floats. A field may be left out when it has its
default. Three sorts of fields:

- those that *count*: they can change a score, so they enter the hash of a score's input;
- those that are *shown*: wording, order, rules about comments; scoring passes over them;
- *switches* of policy on the version: approval, release, dispute; scoring passes over them too.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

Number = int | str  # Decimal is welcome too; JSON has no such type.
Condition = Mapping[str, object]

WEIGHT_MODES = ("criterion_percent", "section_percent", "scaled_points", "points", "category")
PERCENT_MODES = ("criterion_percent", "section_percent")
POINT_MODES = ("points", "scaled_points")
NA_POLICIES = ("proportional", "equal", "fixed")
KINDS = ("single", "multi", "number", "text", "date", "label")
CHOICE_KINDS = ("single", "multi")
SCORED_KINDS = ("single", "multi", "number")
FAMILIES = ("customer", "business", "compliance")
TRIGGERS = ("none", "option", "not_highest", "below_percent")
SCOPES = ("evaluation", "section", "subsection", "outcome")
FAULT_OWNERS = ("agent", "process", "tool", "customer")

NUMBER_FACTS = ("talk_seconds", "hold_seconds", "handle_seconds", "hold_count", "transfer_count")
TEXT_FACTS = ("channel", "queue", "direction", "language")
FREE_FACTS = ("custom.", "signal.")  # Followed by a key: text or a number.
ORDER_OPERATORS = ("lt", "lte", "gt", "gte")
OPERATORS = ("in", "not_in", "eq", *ORDER_OPERATORS, "na")

MAX_SECTIONS = 100
MAX_CRITERIA = 200
MAX_OPTIONS = 50
MAX_BANDS = 20
MAX_CONDITION_DEPTH = 5
MAX_CONDITION_LEAVES = 50


class BandDocument(TypedDict):
    """`label` holds from `from_percent` on, up to the next band."""

    label: str
    from_percent: Number
    tone: NotRequired[str]


class OptionDocument(TypedDict):
    """One thing to pick, or one range of a number criterion (both ends included, null is open)."""

    key: str
    points: Number
    is_fail: NotRequired[bool]  # Default: true with a critical_scope, else false.
    is_bonus: NotRequired[bool]
    critical_scope: NotRequired[str | None]
    range_from: NotRequired[Number | None]
    range_to: NotRequired[Number | None]
    label: NotRequired[str]
    tone: NotRequired[str]
    root_causes: NotRequired[list[dict[str, str]]]


class CriterionDocument(TypedDict):
    """One question. `options` are the ranges where kind is number."""

    key: str
    kind: NotRequired[str]  # Default: single.
    weight: NotRequired[Number | None]
    max_points: NotRequired[Number | None]  # Default: the best that its options allow.
    is_scored: NotRequired[bool]  # Default: true.
    is_bonus: NotRequired[bool]
    critical_family: NotRequired[str | None]
    fail_trigger: NotRequired[str]  # Default: none.
    fail_scope: NotRequired[str | None]
    fail_below_percent: NotRequired[Number | None]
    step: NotRequired[Number | None]  # Of a number answer. Default: 1.
    condition: NotRequired[Condition | None]
    options: NotRequired[list[OptionDocument]]
    bands: NotRequired[list[BandDocument]]
    text: NotRequired[str]
    help: NotRequired[str]
    allow_na: NotRequired[bool]  # Default: true. Scoring takes any N/A; the verbs refuse it.
    is_required: NotRequired[bool]  # Default: true.
    comment_rule: NotRequired[str]
    evidence_rule: NotRequired[str]
    default_rule: NotRequired[str]
    default_option: NotRequired[str | None]
    tags: NotRequired[list[str]]
    answer_set: NotRequired[str | None]
    texts: NotRequired[dict[str, dict[str, str]]]


class SectionDocument(TypedDict):
    """Its own criteria come first, then its subsections; a subsection has none."""

    key: str
    weight: NotRequired[Number | None]
    is_scored: NotRequired[bool]  # Default: true.
    is_bonus: NotRequired[bool]
    fail_below_percent: NotRequired[Number | None]
    fail_scope: NotRequired[str | None]
    condition: NotRequired[Condition | None]
    bands: NotRequired[list[BandDocument]]
    criteria: NotRequired[list[CriterionDocument]]
    sections: NotRequired[list["SectionDocument"]]
    title: NotRequired[str]
    instructions: NotRequired[str]
    allow_na: NotRequired[bool]
    texts: NotRequired[dict[str, dict[str, str]]]


class VersionDocument(TypedDict):
    """The whole version. `texts` maps a language to the translated wording of the item."""

    weight_mode: str
    sections: list[SectionDocument]
    na_policy: NotRequired[str]  # Default: proportional.
    na_fixed_percent: NotRequired[Number | None]
    pass_percent: NotRequired[Number | None]
    cap_percent: NotRequired[Number | None]  # Default: 100; null or "none" is no cap.
    decimals: NotRequired[int]  # Default: 2.
    bands: NotRequired[list[BandDocument]]
    name: NotRequired[str]
    kind: NotRequired[str]
    number: NotRequired[int]
    language: NotRequired[str]
    change_note: NotRequired[str]


SHOWN = frozenset({"title", "text", "label", "help", "instructions", "description"}) | frozenset(
    {"position", "texts", "tags"}
)
POLICY_SWITCHES = (
    "approval_percent",
    "release_mode",
    "release_delay_hours",
    "weights_hidden",
    "evaluator_hidden",
    "self_assessment",
    "acknowledge_hours",
    "dispute_window_hours",
    "dispute_rounds",
    "dispute_deciders",
    "dispute_may_lower",
)
SCORING_SWITCHES = (
    "weight_mode",
    "na_policy",
    "na_fixed_percent",
    "pass_percent",
    "cap_percent",
    "decimals",
)
NUMBER_FIELDS = frozenset(
    {
        "weight",
        "points",
        "max_points",
        "step",
        "range_from",
        "range_to",
        "from_percent",
        "fail_below_percent",
        "na_fixed_percent",
        "pass_percent",
        "cap_percent",
        "decimals",
        "approval_percent",
    }
)
VERSION_FIELDS = (
    frozenset(VersionDocument.__annotations__)
    | SHOWN
    | frozenset(POLICY_SWITCHES)
    | {"format", "languages", "state", "channels", "direction"}
)
SECTION_FIELDS = frozenset(SectionDocument.__annotations__) | SHOWN
CRITERION_FIELDS = frozenset(CriterionDocument.__annotations__) | SHOWN
OPTION_FIELDS = frozenset(OptionDocument.__annotations__) | SHOWN
BAND_FIELDS = frozenset(BandDocument.__annotations__) | SHOWN
