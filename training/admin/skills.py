"""Skills with their proofs, and roles to grow into; who chose which stays with the person."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from training.models import (
    RoleChoice,
    RoleSkill,
    RoleTarget,
    Skill,
    SkillEvidence,
    TargetRole,
)


class TargetInline(ReadOnlyInline):
    model = RoleTarget
    fields = ("role", "level", "weight")


@admin.register(Skill)
class SkillAdmin(ReadOnlyAdmin):
    list_display = ("title", "code", "rule", "validity_months", "decay_months", "retired_at")
    search_fields = ("title", "code")
    inlines = (TargetInline,)


@admin.register(SkillEvidence)
class SkillEvidenceAdmin(ReadOnlyAdmin):
    list_display = ("person", "skill", "kind", "level", "value", "n", "dated_on")
    list_filter = ("kind", "skill")
    list_select_related = ("person", "skill")
    search_fields = ("person__full_name",)


class RoleSkillInline(ReadOnlyInline):
    model = RoleSkill
    fields = ("skill", "level")


class ChoiceInline(ReadOnlyInline):
    """How many chose it; never who."""

    model = RoleChoice
    fields = ("created_at",)


@admin.register(TargetRole)
class TargetRoleAdmin(ReadOnlyAdmin):
    list_display = ("title", "scorecard", "minimum_percent", "tenure_months", "retired_at")
    list_select_related = ("scorecard",)
    search_fields = ("title",)
    inlines = (RoleSkillInline, ChoiceInline)
