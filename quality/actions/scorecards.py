"""Verbs about scorecards and versions as wholes: create, draft, publish, retire, archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Team, User
from lib import events
from quality import lint
from quality.actions import assist, references
from quality.actions.documents import set_switches, write_tree
from quality.actions.impact import is_simulated
from quality.content import content_of, sha256_of
from quality.events import VersionPublished
from quality.models import AnswerSet, Scorecard, ScorecardVersion
from quality.models.scorecards import VERSION_TRANSITIONS, VersionState
from quality.refusals import Invalid, Refused
from routing.models import Queue

LEAST_FOR_IMPACT = 20
EMPTY_DOCUMENT: dict[str, Any] = {
    "sections": [
        {
            "key": "section-1",
            "title": "First section",
            "criteria": [
                {
                    "key": "criterion-1",
                    "text": "First criterion",
                    "weight": "100",
                    "options": [
                        {"key": "yes", "label": "Yes", "points": "1", "tone": "good"},
                        {
                            "key": "no",
                            "label": "No",
                            "points": "0",
                            "tone": "bad",
                            "is_fail": True,
                        },
                    ],
                }
            ],
        }
    ]
}


class NameTaken(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__("name", f"A scorecard called “{name}” exists. Choose another name.")


class DraftExists(Refused):
    def __init__(self, number: int) -> None:
        super().__init__(f"Version {number} is still a draft. Publish or delete it first.")


class NotPossible(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This is not possible in state {state}.")


class NoChangeNote(Invalid):
    def __init__(self) -> None:
        super().__init__("change_note", "Say in a sentence what changed and why.")


class LintErrors(Refused):
    """The draft has errors; `findings` are those of lint."""

    status = 422

    def __init__(self, findings: Sequence[lint.Finding]) -> None:
        count = len(findings)
        errors = "1 error" if count == 1 else f"{count} errors"
        super().__init__(f"The draft has {errors}: {findings[0].message}")
        self.findings = findings


class NoImpactRun(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "impact_skip_reason",
            "Simulate the impact of this draft first, or say why you publish without it.",
        )


def create_scorecard(
    *,
    name: str,
    by: User | None,
    at: datetime,
    kind: str = "interaction",
    channels: Sequence[str] = (),
    direction: str = "any",
    document: Mapping[str, Any] | None = None,
) -> Scorecard:
    """Make a scorecard with version 1 as a draft, filled from `document` or with one criterion."""
    try:
        with transaction.atomic():
            scorecard = Scorecard.objects.create(
                name=name, kind=kind, channels=list(channels), direction=direction
            )
            _write_draft(scorecard, 1, document or EMPTY_DOCUMENT)
            audit.record(
                verb="create_scorecard", record=scorecard, by=by, at=at, after={"name": name}
            )
    except IntegrityError:
        if Scorecard.objects.filter(name__iexact=name, archived_at__isnull=True).exists():
            raise NameTaken(name) from None
        raise
    return scorecard


def bind_scorecard(
    *,
    scorecard: Scorecard,
    channels: Sequence[str],
    direction: str,
    teams: Sequence[Team],
    queues: Sequence[Queue],
    by: User,
    at: datetime,
    needs_qualification: bool = False,
) -> Scorecard:
    """Say which interactions the scorecard is for, whose people see it, and who may score."""
    with transaction.atomic():
        scorecard = Scorecard.objects.select_for_update().get(pk=scorecard.pk)
        before = _binding(scorecard)
        scorecard.channels, scorecard.direction = list(channels), direction
        scorecard.needs_qualification = needs_qualification
        scorecard.row_version += 1
        scorecard.save(
            update_fields=[
                *("channels", "direction", "needs_qualification", "row_version", "updated_at")
            ]
        )
        scorecard.teams.set(teams)
        scorecard.queues.set(queues)
        after = _binding(scorecard)
        audit.record(
            verb="bind_scorecard", record=scorecard, by=by, at=at, before=before, after=after
        )
    return scorecard


def archive_scorecard(*, scorecard: Scorecard, by: User, at: datetime) -> Scorecard:
    """Take a scorecard out of use; its evaluations stay."""
    with transaction.atomic():
        scorecard = Scorecard.objects.select_for_update().get(pk=scorecard.pk)
        if scorecard.archived_at:
            raise NotPossible("archived")
        scorecard.archived_at, scorecard.archived_by = at, by
        scorecard.row_version += 1
        scorecard.save(update_fields=["archived_at", "archived_by", "row_version", "updated_at"])
        audit.record(verb="archive_scorecard", record=scorecard, by=by, at=at)
    return scorecard


def draft_from(
    *,
    scorecard: Scorecard,
    by: User | None,
    at: datetime,
    document: Mapping[str, Any] | None = None,
) -> ScorecardVersion:
    """Open the next draft: a copy of the version in force, or of `document`."""
    with transaction.atomic():
        scorecard = Scorecard.objects.select_for_update().get(pk=scorecard.pk)
        newest = scorecard.versions.order_by("-number").first()
        if newest and newest.is_draft:
            raise DraftExists(newest.number)
        source = scorecard.current_version or newest
        content = document or (source.as_document() if source else EMPTY_DOCUMENT)
        version = _write_draft(scorecard, newest.number + 1 if newest else 1, content)
        audit.record(
            verb="draft_scorecard_version",
            record=version,
            by=by,
            at=at,
            after={"number": version.number},
        )
    return version


def delete_draft(*, version: ScorecardVersion, by: User, at: datetime) -> None:
    """Throw a draft away; the first draft takes its empty scorecard along."""
    with transaction.atomic():
        version = _locked(version)
        if not version.is_draft:
            raise NotPossible(version.state)
        scorecard = version.scorecard
        audit.record(
            verb="delete_scorecard_draft",
            record=version,
            by=by,
            at=at,
            before={"number": version.number, "scorecard": scorecard.name},
        )
        version.delete()
        if not scorecard.versions.exists():
            scorecard.delete()


def publish_version(
    *,
    version: ScorecardVersion,
    change_note: str,
    by: User,
    at: datetime,
    impact_skip_reason: str = "",
) -> ScorecardVersion:
    """Lock a draft for ever and put it in force; the version before it retires.

    Assist rules whose answers it no longer has are switched off.

    Raises NoChangeNote, LintErrors, NoImpactRun, or NotPossible if it is no draft.
    """
    with transaction.atomic():
        version = _locked(version)
        scorecard = Scorecard.objects.select_for_update().get(pk=version.scorecard_id)
        if not _may_become(version, VersionState.PUBLISHED):
            raise NotPossible(version.state)
        if not change_note.strip():
            raise NoChangeNote
        _check_content(version)
        version.content_sha256 = sha256_of(version.as_document())
        _check_impact(version, scorecard, impact_skip_reason)
        _freeze_answer_sets(version, at)
        _retire(scorecard.current_version, by, at)
        version.state = VersionState.PUBLISHED
        version.published_at, version.published_by = at, by
        version.change_note = change_note.strip()
        version.impact_skip_reason = impact_skip_reason.strip()
        version.row_version += 1
        version.save()
        scorecard.current_version = version
        scorecard.row_version += 1
        scorecard.save(update_fields=["current_version", "row_version", "updated_at"])
        assist.switch_off_unfit_rules(version=version, by=by, at=at)
        audit.record(
            verb="publish_version",
            record=version,
            by=by,
            at=at,
            after={"content_sha256": version.content_sha256, "number": version.number},
            reason=version.change_note,
        )
        events.publish(
            VersionPublished(at=at, by_id=by.pk, scorecard_id=scorecard.pk, version_id=version.pk)
        )
    return version


def retire_version(*, version: ScorecardVersion, by: User, at: datetime) -> ScorecardVersion:
    """Take the version in force out of use without a successor."""
    with transaction.atomic():
        version = _locked(version)
        if not _may_become(version, VersionState.RETIRED):
            raise NotPossible(version.state)
        Scorecard.objects.filter(current_version=version).update(current_version=None)
        _retire(version, by, at)
        audit.record(verb="retire_version", record=version, by=by, at=at)
    return version


def _locked(version: ScorecardVersion) -> ScorecardVersion:
    rows = ScorecardVersion.objects.select_related("scorecard").select_for_update(of=("self",))
    return rows.get(pk=version.pk)


def _may_become(version: ScorecardVersion, state: str) -> bool:
    return state in VERSION_TRANSITIONS[version.state]


def _write_draft(
    scorecard: Scorecard, number: int, document: Mapping[str, Any]
) -> ScorecardVersion:
    version = ScorecardVersion(scorecard=scorecard, number=number)
    set_switches(version, document)
    version.save()
    write_tree(version, document)
    return version


def _check_content(version: ScorecardVersion) -> None:
    errors = [finding for finding in lint_findings(version) if finding.is_error]
    if errors:
        raise LintErrors(errors)


def lint_findings(version: ScorecardVersion) -> list[lint.Finding]:
    """What lint says about a version, its keys compared with those published before."""
    earlier = version.scorecard.versions.exclude(pk=version.pk).exclude(state="draft")
    previous = [content_of(one).document for one in earlier.order_by("-number")[:20]]
    return lint.lint(version.as_document(), previous)


def _check_impact(version: ScorecardVersion, scorecard: Scorecard, skip_reason: str) -> None:
    """From version 2 on, publishing over many evaluations wants to know what they become."""
    current = scorecard.current_version
    if current is None or skip_reason.strip():
        return
    if current.evaluations.scored().count() >= LEAST_FOR_IMPACT and not is_simulated(version):
        raise NoImpactRun


def _freeze_answer_sets(version: ScorecardVersion, at: datetime) -> None:
    AnswerSet.objects.filter(criteria__version=version, frozen_at__isnull=True).update(frozen_at=at)


def _retire(version: ScorecardVersion | None, by: User | None, at: datetime) -> None:
    if version is None:
        return
    version.state = VersionState.RETIRED
    version.retired_at, version.retired_by = at, by
    version.row_version += 1
    version.save(update_fields=["state", "retired_at", "retired_by", "row_version", "updated_at"])
    reason = f"Version {version.number} is no longer in force."
    references.retire_references_of(version=version, reason=reason, by=by, at=at)


def _binding(scorecard: Scorecard) -> dict[str, Any]:
    return {
        "channels": list(scorecard.channels),
        "direction": scorecard.direction,
        "needs_qualification": scorecard.needs_qualification,
        "teams": sorted(scorecard.teams.values_list("pk", flat=True)),
        "queues": sorted(scorecard.queues.values_list("pk", flat=True)),
    }
