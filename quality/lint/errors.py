"""E01 to E13: what keeps a version from being published."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from quality import balance
from quality.documents import CHOICE_KINDS, PERCENT_MODES, POINT_MODES, SCORED_KINDS
from quality.lint.findings import Edit, Finding
from quality.lint.references import check_conditions
from quality.lint.tree import ZERO, CriterionNode, Node, Tree, number, rows
from quality.scoring import InvalidRequest, compile_version
from quality.scoring.numbers import plain

HUNDRED = Fraction(100)
Previous = Sequence[Mapping[str, object]]


def check_errors(tree: Tree, previous: Previous) -> list[Finding]:
    """All errors; one that only scoring itself can see is reported when there is no other."""
    found = [
        *check_sections(tree),
        *check_something_scored(tree),
        *check_weights(tree),
        *check_na_policy(tree),
        *check_triggers(tree),
        *check_section_triggers(tree),
        *check_ranges(tree),
        *check_fail_points(tree),
        *check_negative_points(tree),
        *check_conditions(tree),
        *check_defaults(tree),
        *check_bands(tree),
        *check_pass_mark(tree),
        *check_kinds(tree, previous),
    ]
    return found or list(check_scorable(tree))


def check_sections(tree: Tree) -> Iterator[Finding]:
    for section in tree.sections:
        if not section.criteria and not section.sections:
            yield section.finding("E01", f"The section {section.name} is empty.")


def check_something_scored(tree: Tree) -> Iterator[Finding]:
    if not any(criterion.carries_weight for criterion in tree.criteria):
        yield tree.version.finding("E02", "No criterion is scored, so there is never a score.")
    for criterion in tree.criteria:
        count = len(criterion.options)
        if criterion.can_count and criterion.kind in CHOICE_KINDS and count < 2:
            yield criterion.finding("E02", f"{criterion.name} needs at least two options.")
        if criterion.can_count and criterion.kind == "number" and not count:
            yield criterion.finding("E02", f"{criterion.name} needs at least one range.")


def check_scorable(tree: Tree) -> Iterator[Finding]:
    try:
        compile_version(tree.version.raw)
    except InvalidRequest as invalid:
        yield tree.version.finding("E02", f"This version cannot be scored. {invalid}")


# --- Weights and policies ------------------------------------------------------------------------


def check_weights(tree: Tree) -> Iterator[Finding]:
    items = tree.weighted
    if not items:
        return
    weights = {item.path: item.number("weight") or ZERO for item in items}
    total = sum(weights.values(), ZERO)
    if tree.mode in PERCENT_MODES and total != HUNDRED:
        keyed = {str(index): Decimal(plain(value)) for index, value in enumerate(weights.values())}
        mended = balance.to_hundred(keyed).values()
        edits = tuple(
            Edit((*path, "weight"), format(value.normalize(), "f"))
            for path, value in zip(weights, mended, strict=True)
        )
        message = f"The weights total {plain(total)}, not 100."
        yield Finding("E03", (), "", message, edits)
    elif not total:
        yield tree.version.finding("E03", "All weights are 0, so nothing would count.")


def check_na_policy(tree: Tree) -> Iterator[Finding]:
    policy = tree.version.text("na_policy") or "proportional"
    fixed = tree.version.number("na_fixed_percent")
    if policy == "equal" and tree.mode in POINT_MODES:
        message = "Points have no weight to share out; choose proportional or fixed."
        yield tree.version.finding("E04", message, na_policy="proportional")
    if policy == "fixed" and fixed is None:
        yield tree.version.finding("E04", "Say at which percent N/A counts.", na_fixed_percent="0")
    if policy != "fixed" and fixed is not None:
        message = "A percent for N/A is given, but the policy is not fixed."
        yield tree.version.finding("E04", message, na_fixed_percent=None)


# --- Critical effects ----------------------------------------------------------------------------


def check_triggers(tree: Tree) -> Iterator[Finding]:
    for criterion in tree.criteria:
        for message in trigger_faults(criterion):
            yield criterion.finding("E05", f"{criterion.name}: {message}")


def trigger_faults(criterion: CriterionNode) -> Iterator[str]:
    trigger, scope = criterion.trigger, criterion.text("fail_scope")
    has_critical_option = any(option.text("critical_scope") for option in criterion.options)
    if criterion.is_bonus and (criterion.is_critical or has_critical_option):
        yield "a bonus is never critical."
    if trigger != "none" and criterion.kind not in SCORED_KINDS:
        yield f"a {criterion.kind} criterion cannot have a fail trigger."
    if trigger == "option" and not has_critical_option:
        yield "choose at least one option that fires."
    if trigger == "option" and scope:
        yield "the scope stands on the options, not on the criterion."
    if trigger != "option" and has_critical_option:
        yield "an option has a critical scope, but the trigger is not option."
    if trigger in ("not_highest", "below_percent") and not scope:
        yield "say what a failure takes along."
    if trigger == "below_percent" and criterion.number("fail_below_percent") is None:
        yield "say below which percent it fails."


def check_section_triggers(tree: Tree) -> Iterator[Finding]:
    for section in tree.sections:
        has_limit = section.number("fail_below_percent") is not None
        if has_limit != (section.text("fail_scope") is not None):
            message = f"{section.name} needs both a percent and a scope to fail, or neither."
            yield section.finding("E05", message)


# --- Options -------------------------------------------------------------------------------------


def check_ranges(tree: Tree) -> Iterator[Finding]:
    for criterion in tree.criteria:
        if criterion.kind == "number":
            step = criterion.number("step") or Fraction(1)
            for message in range_faults(criterion.options, step):
                yield criterion.finding("E06", f"{criterion.name}: {message}")


def range_faults(options: list[Node], step: Fraction) -> Iterator[str]:
    """Ranges in the order of their beginnings; an open end is infinitely far away."""
    ranges = [(option.number("range_from"), option.number("range_to")) for option in options]
    ranges.sort(key=lambda ends: (ends[0] is not None, ends[0] or ZERO))
    for low, high in ranges:
        if low is not None and high is not None and low > high:
            yield f"the range {plain(low)} to {plain(high)} ends before it begins."
    for (_, high), (low, _) in pairwise(ranges):
        if high is None or low is None or low <= high:
            yield f"ranges overlap at {'an open end' if low is None else plain(low)}."
        elif low != high + step:
            yield f"no range covers what lies between {plain(high)} and {plain(low)}."


def check_fail_points(tree: Tree) -> Iterator[Finding]:
    for criterion in tree.criteria:
        usual = [option for option in criterion.options if not option.flag("is_bonus")]
        fails = [option.number("points") or ZERO for option in usual if is_fail(option)]
        passes = [option.number("points") or ZERO for option in usual if not is_fail(option)]
        if fails and passes and max(fails) > min(passes):
            message = f"{criterion.name}: a failing option is worth more than a passing one."
            yield criterion.finding("E07", message)


def is_fail(option: Node) -> bool:
    return option.flag("is_fail") or option.text("critical_scope") is not None


def check_negative_points(tree: Tree) -> Iterator[Finding]:
    if tree.mode in POINT_MODES:
        return
    for criterion in tree.criteria:
        for option in criterion.options:
            if (option.number("points") or ZERO) < 0:
                message = f"{criterion.name}: deductions need one of the points modes."
                yield option.finding("E08", message)


# --- Defaults, bands, pass mark, keys ------------------------------------------------------------


def check_defaults(tree: Tree) -> Iterator[Finding]:
    for criterion in tree.criteria:
        rule = criterion.text("default_rule") or "none"
        keys = {option.key for option in criterion.options}
        if rule == "na" and not criterion.flag("allow_na", default=True):
            message = f"{criterion.name} begins as N/A, but N/A is not allowed."
            yield criterion.finding("E10", message, allow_na=True)
        if rule == "option" and criterion.text("default_option") not in keys:
            message = f"{criterion.name} begins with an option that it does not have."
            yield criterion.finding("E10", message, default_rule="none", default_option=None)
        if rule in ("highest", "lowest", "option") and criterion.kind not in CHOICE_KINDS:
            message = f"{criterion.name} has no options to begin with."
            yield criterion.finding("E10", message, default_rule="none", default_option=None)


def check_bands(tree: Tree) -> Iterator[Finding]:
    for item in tree.items:
        bands = rows(item.raw, "bands")
        starts = [band_start(band) for band in bands]
        labels = [str(band.get("label")) for band in bands]
        if len(set(starts)) < len(starts) or len(set(labels)) < len(labels):
            yield item.finding("E11", f"Two bands of {item.name} begin or read the same.")
        elif starts != sorted(starts):
            ascending = sorted(bands, key=band_start)
            message = f"The bands of {item.name} do not ascend."
            yield item.finding("E11", message, bands=[dict(band) for band in ascending])
        elif starts and starts[0] != 0:
            mended = [dict(band) for band in bands]
            mended[0]["from_percent"] = "0"
            yield item.finding("E11", f"No band of {item.name} begins at 0.", bands=mended)


def band_start(band: Mapping[str, object]) -> Fraction:
    return number(band.get("from_percent")) or ZERO


def check_pass_mark(tree: Tree) -> Iterator[Finding]:
    mark = tree.version.number("pass_percent")
    raw_cap = tree.version.raw.get("cap_percent", 100)
    cap = None if raw_cap in (None, "none") else tree.version.number("cap_percent") or HUNDRED
    if mark is not None and (mark < 0 or (cap is not None and mark > cap)):
        above = "" if cap is None else f" and {plain(cap)}"
        yield tree.version.finding("E12", f"The pass mark lies between 0{above}.")


def check_kinds(tree: Tree, previous: Previous) -> Iterator[Finding]:
    kinds = {
        criterion.key: criterion.kind
        for document in previous
        for criterion in Tree(document).criteria
    }
    for criterion in tree.criteria:
        before = kinds.get(criterion.key, criterion.kind)
        if before != criterion.kind:
            message = (
                f"The key {criterion.key} was of kind {before} in an earlier version; "
                "give the new criterion a key of its own."
            )
            yield criterion.finding("E13", message)
