"""E09: conditions may look back at earlier criteria and at known facts only."""

from collections.abc import Iterator, Mapping

from quality.lint.findings import Finding
from quality.lint.tree import CriterionNode, Node, Tree
from quality.scoring.condition_reading import read_condition
from quality.scoring.facts import is_fact
from quality.scoring.problems import Fields, Notes
from quality.scoring.reading import Earlier, read_criterion


def check_conditions(tree: Tree) -> Iterator[Finding]:
    """Walk in the order of reading, keeping what stands before each condition."""
    earlier = Earlier()
    for section in tree.sections:
        yield from check_condition(tree, section, earlier)
        for criterion in section.criteria:
            yield from check_condition(tree, criterion, earlier)
            read = read_criterion("", {**criterion.raw, "condition": None}, Notes(), earlier)
            earlier.criteria[criterion.key] = read


def check_condition(tree: Tree, item: Node, earlier: Earlier) -> Iterator[Finding]:
    condition = item.raw.get("condition")
    if condition is None:
        return
    wrong = [
        message for leaf in leaves(condition) for message in leaf_faults(tree, item, earlier, leaf)
    ]
    for message in wrong:
        yield item.finding("E09", f"{item.name}: {message}")
    if not wrong:
        notes = Notes()
        read_condition(Fields(item.raw, "", notes, item.raw), earlier.criteria)
        for problem in notes.problems:
            yield item.finding("E09", f"{item.name}: {problem.message}")


def leaf_faults(
    tree: Tree, item: Node, earlier: Earlier, leaf: Mapping[str, object]
) -> Iterator[str]:
    if "fact" in leaf:
        if not is_fact(str(leaf["fact"])):
            yield f"{leaf['fact']} is not a known fact."
        return
    key = str(leaf.get("criterion"))
    if key in earlier.criteria:
        return
    if isinstance(item, CriterionNode) and key == item.key:
        yield "its condition asks about itself."
    elif any(criterion.key == key for criterion in tree.criteria):
        yield f"its condition asks about {key}, which comes later."
    else:
        yield f"its condition asks about {key}, which does not exist."


def leaves(condition: object, levels_left: int = 20) -> Iterator[Mapping[str, object]]:
    """The single tests of a condition, however it is nested."""
    if not isinstance(condition, Mapping) or not levels_left:
        return
    if "criterion" in condition or "fact" in condition:
        yield condition
    for word in ("all", "any", "not"):
        parts = condition.get(word)
        for part in parts if isinstance(parts, list | tuple) else [parts]:
            yield from leaves(part, levels_left - 1)
