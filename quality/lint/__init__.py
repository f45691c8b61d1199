"""Finds what is wrong with a scorecard version before anybody is scored with it.

Errors (E…) keep a version from being published, warnings (W…) only ask to look again. The codes
are listed in docs/algorithms/lint.md.
"""

from collections.abc import Mapping, Sequence

from quality.lint.errors import check_errors
from quality.lint.findings import Edit, Finding, apply_fix
from quality.lint.tree import Tree
from quality.lint.warnings import check_warnings

__all__ = ["Edit", "Finding", "apply_fix", "lint"]


def lint(
    document: Mapping[str, object], previous: Sequence[Mapping[str, object]] = ()
) -> list[Finding]:
    """Findings in the order of their codes, then of reading.

    `document` has the shape of `quality.documents`; `previous` are the earlier published versions
    of the same scorecard, whose keys keep their kind.
    """
    tree = Tree(document)
    found = [*check_errors(tree, previous), *check_warnings(tree)]
    return sorted(found, key=lambda finding: finding.code)
