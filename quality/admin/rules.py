"""Rules in the admin: what they are worth, on and off; they are written on their own pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin, visible
from accounts.admin_filters import period_of
from accounts.models import User
from quality import access, assisting
from quality.actions import assist, follow_up
from quality.models import AssistRule, QualityRule, RuleFiring, Suggestion
from quality.proving import Proof
from quality.refusals import Forbidden, Refused


class NotYourTeams(Forbidden):
    def __init__(self) -> None:
        super().__init__("A rule is managed by whoever leads all of its teams.")


def assist_on(row: AssistRule, *, by: User, at: datetime, reason: str) -> None:
    _must_manage(row, by)
    assist.switch_assist_rule(rule=row, is_active=True, by=by, at=at)


def assist_off(row: AssistRule, *, by: User, at: datetime, reason: str) -> None:
    _must_manage(row, by)
    assist.switch_assist_rule(rule=row, is_active=False, by=by, at=at, reason=reason)


def rule_on(row: QualityRule, *, by: User, at: datetime, reason: str) -> None:
    _must_manage(row, by)
    follow_up.switch_quality_rule(rule=row, is_active=True, by=by, at=at)


def rule_off(row: QualityRule, *, by: User, at: datetime, reason: str) -> None:
    _must_manage(row, by)
    follow_up.switch_quality_rule(rule=row, is_active=False, by=by, at=at, reason=reason)


def _must_manage(rule: AssistRule | QualityRule, by: User) -> None:
    if not access.may_manage_rule(by, rule):
        raise NotYourTeams


@admin.register(AssistRule)
class AssistRuleAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "scorecard",
        "criterion_key",
        "kind",
        "proof_in_words",
        "is_active",
        "page",
    )
    list_filter = ("is_active", "kind", ("scorecard", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("scorecard",)
    search_fields = ("name", "criterion_key", "scorecard__name")
    exclude = ("asked_since",)
    actions = (
        confirmed(
            assist_on,
            verb="quality.manage_rules",
            description="Switch on",
            refusals=(Refused,),
        ),
        confirmed(
            assist_off,
            verb="quality.manage_rules",
            description="Switch off, with a reason",
            refusals=(Refused,),
        ),
    )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With the proofs of the rows on the page; one query for all of them."""
        found = super().get_changelist_instance(request)
        proofs = assisting.proofs_of(found.result_list)
        for row in found.result_list:
            row.proof = proofs[row.pk]
        return found

    @admin.display(description="proof")
    def proof_in_words(self, row: AssistRule) -> str:
        found: Proof = getattr(row, "proof")  # noqa: B009 - Set for the page above.
        told = "" if found.percent is None else f", {found.percent:.0f} %"
        return f"{found.status}, n = {found.n}{told}"

    @admin.display(description="page")
    def page(self, row: AssistRule) -> SafeString:
        return format_html('<a href="{}">Open</a>', reverse("quality:assist_detail", args=[row.pk]))


@admin.register(Suggestion)
class SuggestionAdmin(ReadOnlyAdmin):
    """What rules proposed, and what people answered before and after they saw it."""

    list_display = ("evaluation", "rule", "option_key", "is_blind", "answered_key", "state")
    list_filter = ("state", "is_blind", "is_withheld")
    list_select_related = ("evaluation", "rule")
    search_fields = ("evaluation__public_ref", "rule__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suggestion]:
        seen = visible(AssistRule.objects.all(), request)
        return super().get_queryset(request).filter(rule__in=seen.values("pk"))


@admin.register(QualityRule)
class QualityRuleAdmin(ReadOnlyAdmin):
    list_display = ("name", "scorecard", "test", "level", "item_key", "is_active", "page")
    list_filter = ("is_active", "test", "level", "asks_coaching", "opens_case")
    list_select_related = ("scorecard",)
    search_fields = ("name", "scorecard__name")
    actions = (
        confirmed(
            rule_on,
            verb="quality.manage_rules",
            description="Switch on",
            refusals=(Refused,),
        ),
        confirmed(
            rule_off,
            verb="quality.manage_rules",
            description="Switch off, with a reason",
            refusals=(Refused,),
        ),
    )

    @admin.display(description="page")
    def page(self, row: QualityRule) -> SafeString:
        return format_html('<a href="{}">Open</a>', reverse("quality:rule_detail", args=[row.pk]))


@admin.register(RuleFiring)
class RuleFiringAdmin(ReadOnlyAdmin):
    """Where a rule applied, and what became of each of its actions."""

    list_display = ("rule", "evaluation", "at", "done")
    list_filter = ("rule", period_of("at"))
    list_select_related = ("evaluation", "rule")
    search_fields = ("evaluation__public_ref", "rule__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleFiring]:
        seen = visible(QualityRule.objects.all(), request)
        return super().get_queryset(request).filter(rule__in=seen.values("pk"))

    @admin.display(description="what was done")
    def done(self, row: RuleFiring) -> str:
        marks = {True: "", False: " (not done)"}
        return ", ".join(act["action"] + marks[act["is_done"]] for act in row.result)
