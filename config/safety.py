"""What check_integrity asks, what backups carry, and what a restore ends again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from accounts import events as accounts_events
from accounts import handlers as accounts_handlers
from accounts import integrity as accounts_integrity
from crm import integrity as crm_integrity
from feedback import integrity as feedback_integrity
from lib import events
from ops import integrity, tombstones
from ops.backup import manifest
from quality import integrity as quality_integrity
from quality.integrity import Mismatch
from reports.models import FactDay
from reports.rollups.checking import differences
from reports.rollups.families import FAMILIES

NEWEST_DAYS = 7

QUALITY_TABLES = {
    "version": "quality_scorecardversion",
    "revision": "quality_evaluationrevision",
    "evaluation": "quality_evaluation",
    "assignment": "quality_assignment",
    "draw": "quality_draw",
}


def connect() -> None:
    connect_integrity()
    connect_backups()


def connect_integrity() -> None:
    """Every rule about the whole database; docs/how-to/backup.md tells how to ask for them."""
    integrity.register_own()
    accounts_integrity.register_own()
    feedback_integrity.register_own()
    crm_integrity.register_own()
    integrity.register("reports", "rollups", rollups)
    for check in quality_integrity.RULES:
        name = check.__name__.removeprefix("check_")
        integrity.register("quality", name, quality_rule(name, check))


def quality_rule(name: str, check: Callable[[], Iterable[Mismatch]]) -> integrity.Rule:
    """The mismatches of quality, which is also asked by its own command, as findings."""

    def rule() -> Iterator[integrity.Finding]:
        for one in check():
            text = f"{one.reference}: {one.sentence}"
            yield integrity.Finding(name, QUALITY_TABLES[one.kind], str(one.id), text)

    return rule


def rollups() -> Iterator[integrity.Finding]:
    """The newest days of figures, summed again; the reports' own nightly job looks further back."""
    for family in FAMILIES:
        newest = FactDay.objects.clean().filter(family=family).order_by("-on_date")
        for on in newest.values_list("on_date", flat=True)[:NEWEST_DAYS]:
            if count := differences(family, on):
                text = f"{count} rows of {family} on {on} are not what the raw rows say"
                yield integrity.Finding("rollups", "reports_factday", f"{family} {on}", text)


def connect_backups() -> None:
    """Sums that prove a restore, and the ends that it must not forget."""
    manifest.use_sum("audit_head", "SELECT MAX(hash) FROM accounts_audithead")
    manifest.use_sum("scores", "SELECT SUM(score_percent) FROM quality_evaluationrevision")
    people, kept = accounts_events, accounts_handlers
    events.subscribe(people.UserDeactivated, kept.keep_deactivation, durable=False)
    events.subscribe(people.UserErased, kept.keep_erasure, durable=False)
    events.subscribe(people.RoleEnded, kept.keep_role_end, durable=False)
    events.subscribe(people.RightEnded, kept.keep_right_end, durable=False)
    events.subscribe(people.TokenRevoked, kept.keep_revocation, durable=False)
    tombstones.use_replay("user_deactivated", accounts_handlers.deactivate_again)
    tombstones.use_replay("user_erased", accounts_handlers.erase_again)
    tombstones.use_replay("role_ended", accounts_handlers.end_role_again)
    tombstones.use_replay("right_ended", accounts_handlers.end_right_again)
    tombstones.use_replay("token_revoked", accounts_handlers.revoke_again)
