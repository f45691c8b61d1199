"""Reads a condition from plain data; it may ask only about earlier criteria and known facts."""

from collections.abc import Mapping

from quality import documents as known
from quality.scoring.card import Criterion
from quality.scoring.conditions import Condition, Group, Test
from quality.scoring.facts import far_number, is_fact, read_fact
from quality.scoring.numbers import BadValue
from quality.scoring.problems import Fields

NEVER = Group("any", ())
_TEST_FIELDS = {"op", "value"}


def read_condition(fields: Fields, earlier: Mapping[str, Criterion]) -> Condition | None:
    """The condition of a section or criterion, None where it is always shown."""
    raw = fields.raw.get("condition")
    if raw is None:
        return None
    try:
        condition = _read(raw, earlier, known.MAX_CONDITION_DEPTH)
        if _count(condition) > known.MAX_CONDITION_LEAVES:
            raise BadValue("too_large", f"At most {known.MAX_CONDITION_LEAVES} tests are possible.")
    except BadValue as refused:
        fields.problem("condition", refused.code, str(refused))
        return NEVER
    return condition


def _count(condition: Condition) -> int:
    if isinstance(condition, Test):
        return 1
    return sum(_count(part) for part in condition.parts)


def _read(raw: object, earlier: Mapping[str, Criterion], levels_left: int) -> Condition:
    if not isinstance(raw, Mapping):
        raise BadValue("bad_condition", "A condition is an object in braces.")
    words = set(raw)
    if len(words) == 1 and words <= {"all", "any", "not"}:
        return _read_group(words.pop(), raw, earlier, levels_left)
    if words in ({"criterion", *_TEST_FIELDS}, {"criterion", "op"}):
        return _read_criterion_test(raw, earlier)
    if words == {"fact", *_TEST_FIELDS}:
        return _read_fact_test(raw)
    raise BadValue(
        "bad_condition", "A condition is all, any or not, or a criterion or fact with op and value."
    )


def _read_group(
    word: str, raw: Mapping[str, object], earlier: Mapping[str, Criterion], levels_left: int
) -> Group:
    if not levels_left:
        levels = known.MAX_CONDITION_DEPTH
        raise BadValue("too_deep", f"Conditions nest at most {levels} levels deep.")
    parts = [raw[word]] if word == "not" else raw[word]
    if not isinstance(parts, list | tuple) or not parts:
        raise BadValue("bad_condition", f"{word} needs a list of at least one condition.")
    if len(parts) > known.MAX_CONDITION_LEAVES:
        raise BadValue("too_large", f"At most {known.MAX_CONDITION_LEAVES} tests are possible.")
    return Group(word, tuple(_read(part, earlier, levels_left - 1) for part in parts))


def _read_criterion_test(raw: Mapping[str, object], earlier: Mapping[str, Criterion]) -> Test:
    name, operator = raw["criterion"], _operator(raw)
    if not isinstance(name, str) or name not in earlier:
        raise BadValue("bad_condition", f"{str(name)[:60]} is not the key of an earlier criterion.")
    criterion = earlier[name]
    if operator == "na":
        return Test("criterion", name, operator, ())
    if criterion.kind == "number":
        return Test(
            "criterion",
            name,
            operator,
            tuple(far_number(value) for value in _values(raw, operator)),
        )
    if criterion.kind not in known.CHOICE_KINDS or operator in known.ORDER_OPERATORS:
        raise BadValue(
            "bad_condition",
            f"{name} is of kind {criterion.kind} and cannot be tested with {operator}.",
        )
    values = _values(raw, operator)
    options = {option.key for option in criterion.options}
    for value in values:
        if not isinstance(value, str) or value not in options:
            raise BadValue("bad_condition", f"{name} has no option {str(value)[:60]}.")
    return Test("criterion", name, operator, tuple(str(value) for value in values))


def _read_fact_test(raw: Mapping[str, object]) -> Test:
    name, operator = raw["fact"], _operator(raw)
    if not isinstance(name, str) or not is_fact(name):
        raise BadValue("bad_condition", f"{str(name)[:60]} is not a known fact.")
    if operator == "na":
        raise BadValue("bad_condition", "na asks about a criterion, never about a fact.")
    if name in known.TEXT_FACTS and operator in known.ORDER_OPERATORS:
        raise BadValue("bad_condition", f"{name} is a text and cannot be tested with {operator}.")
    values = tuple(read_fact(name, value) for value in _values(raw, operator))
    return Test("fact", name, operator, values)


def _operator(raw: Mapping[str, object]) -> str:
    operator = raw["op"]
    if not isinstance(operator, str) or operator not in known.OPERATORS:
        raise BadValue("bad_condition", f"op is one of: {', '.join(known.OPERATORS)}.")
    return operator


def _values(raw: Mapping[str, object], operator: str) -> list[object]:
    value = raw.get("value")
    if operator not in ("in", "not_in"):
        return [value]
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= known.MAX_OPTIONS:
        raise BadValue(
            "bad_condition", f"{operator} needs a list of 1 to {known.MAX_OPTIONS} values."
        )
    return list(value)
