"""W01 to W08: what is allowed but seldom meant."""

from collections.abc import Iterator, Mapping

from quality.documents import PERCENT_MODES
from quality.lint.findings import Finding
from quality.lint.tree import CriterionNode, Node, Tree
from quality.scoring.numbers import plain

MANY_CRITERIA = 30
HEAVY = 50
PART_SCOPES = ("section", "subsection")
WORDING = {"title": "title", "text": "text", "label": "label", "help": "help text"}


def check_warnings(tree: Tree) -> list[Finding]:
    return [
        *check_families(tree),
        *check_best_answers(tree),
        *check_length(tree),
        *check_translations(tree),
        *check_part_scopes(tree),
        *check_same_text(tree),
        *check_easy_criticals(tree),
        *check_heavy(tree),
    ]


def check_families(tree: Tree) -> Iterator[Finding]:
    for criterion in tree.criteria:
        if criterion.trigger != "none" and not criterion.text("critical_family"):
            message = f"{criterion.name} is critical, but counts in no family of critical errors."
            yield criterion.finding("W01", message)


def check_best_answers(tree: Tree) -> Iterator[Finding]:
    for criterion in tree.criteria:
        most = criterion.number("max_points")
        if criterion.can_count and most is not None and criterion.best_points < most:
            best = plain(criterion.best_points)
            message = f"{criterion.name}: the best answer gives {best} of {plain(most)} points."
            yield criterion.finding("W02", message, max_points=best)


def check_length(tree: Tree) -> Iterator[Finding]:
    count = sum(1 for criterion in tree.criteria if criterion.kind != "label")
    if count > MANY_CRITERIA:
        message = f"{count} criteria are many; over {MANY_CRITERIA} people answer carelessly."
        yield tree.version.finding("W03", message)


def check_translations(tree: Tree) -> Iterator[Finding]:
    """A reader sees another language only if every text has it, so a gap spoils the whole."""
    items = [item for owner in tree.items for item in (owner, *options_of(owner))]
    languages = sorted({language for item in items for language in translations(item)})
    for item in items:
        for language in languages:
            done = translations(item).get(language)
            texts = done if isinstance(done, Mapping) else {}
            missing = [
                word for name, word in WORDING.items() if item.text(name) and not texts.get(name)
            ]
            if missing:
                message = (
                    f"{item.name}: the {' and '.join(missing)} is not translated ({language})."
                )
                yield item.finding("W04", message)


def options_of(item: Node) -> list[Node]:
    return item.options if isinstance(item, CriterionNode) else []


def translations(item: Node) -> Mapping[str, object]:
    texts = item.raw.get("texts")
    return texts if isinstance(texts, Mapping) else {}


def check_part_scopes(tree: Tree) -> Iterator[Finding]:
    for item in (*tree.sections, *tree.criteria):
        if any(scope in PART_SCOPES for scope in scopes_of(item)):
            message = (
                f"{item.name} empties a section when it fails; whether the evaluation passes is "
                "then up to the pass mark."
            )
            yield item.finding("W05", message)


def scopes_of(item: Node) -> list[str | None]:
    return [item.text("fail_scope"), *(o.text("critical_scope") for o in options_of(item))]


def check_same_text(tree: Tree) -> Iterator[Finding]:
    seen: set[str] = set()
    for criterion in tree.criteria:
        text = " ".join((criterion.text("text") or "").casefold().split())
        if text and text in seen:
            yield criterion.finding("W06", f"{criterion.name} stands in this scorecard twice.")
        seen.add(text)


def check_easy_criticals(tree: Tree) -> Iterator[Finding]:
    for criterion in tree.criteria:
        if criterion.is_critical and criterion.text("default_rule") == "highest":
            message = f"{criterion.name} is critical and begins with its best answer."
            yield criterion.finding("W07", message, default_rule="none")


def check_heavy(tree: Tree) -> Iterator[Finding]:
    if tree.mode not in PERCENT_MODES:
        return
    for item in tree.weighted:
        weight = item.number("weight")
        if weight is not None and weight > HEAVY:
            message = f"{item.name} alone weighs {plain(weight)} of 100."
            yield item.finding("W08", message)
