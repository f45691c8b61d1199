"""Views and segments that people keep: a list as they like it, and a named set of customers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from accounts.teams import spans_holding
from lib.models import Versioned


class ViewScope(models.TextChoices):
    PERSONAL = "personal", gettext_lazy("Only me")
    TEAM = "team", gettext_lazy("My team")
    ROLE = "role", gettext_lazy("One role")
    SHARED = "shared", gettext_lazy("Everybody")


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        """One's own, those of one's teams and roles now, and the shared ones."""
        from django.utils import timezone

        now = timezone.now()
        teams = user.memberships.filter(spans_holding(now)).values("team")
        return self.filter(
            Q(owner=user)
            | Q(scope=ViewScope.SHARED)
            | Q(scope=ViewScope.TEAM, team__in=teams)
            | Q(scope=ViewScope.ROLE, role__in=user.roles)
        )


class SavedView(Versioned):
    """A list with its filters and columns under a name; `query` is the address behind the ?."""

    page = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=8, choices=ViewScope, default=ViewScope.PERSONAL)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="saved_views")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=20, blank=True)
    query = models.CharField(max_length=2000, blank=True)
    is_default = models.BooleanField(default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["page", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page"],
                condition=Q(is_default=True),
                name="crm_saved_view_one_default_per_page",
            ),
            models.UniqueConstraint(
                fields=["owner", "page", "name"], name="crm_saved_view_name_unique_for_its_owner"
            ),
            models.CheckConstraint(
                condition=Q(scope="team", team__isnull=False) | ~Q(scope="team"),
                name="crm_saved_view_of_a_team_names_it",
            ),
            models.CheckConstraint(
                condition=(Q(scope="role") & ~Q(role="")) | (~Q(scope="role") & Q(role="")),
                name="crm_saved_view_of_a_role_names_it",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audience(self) -> str:
        """Whom it is shared with, as words."""
        if self.scope == ViewScope.ROLE:
            return _("Role {role}").format(role=self.role)
        return self.get_scope_display()


class Segment(Versioned):
    """A named set of customers by conditions; its size is counted now and then.

    `conditions` holds `match` ("all" or "any") and `rules` of field, operator and value.
    """

    name = models.CharField(max_length=80, unique=True)
    conditions = models.JSONField(default=dict)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cached_count = models.PositiveIntegerField(null=True, blank=True, editable=False)
    counted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
