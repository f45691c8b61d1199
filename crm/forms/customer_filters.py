"""Filters of the list of customers."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from crm import segments
from crm.forms.custom_filters import WithCustomFilters
from crm.forms.widgets import PlainChoice, PlainModelChoice, any_of
from crm.models import Segment, Tag
from crm.models.custom_fields import Target
from crm.models.customers import CustomerQuerySet
from lib.refusals import Invalid

YES_NO = [("yes", _("VIP")), ("no", _("Not VIP"))]


class CustomerFilter(WithCustomFilters):
    """Each filter narrows what is visible anyway; custom fields add their own."""

    q = forms.CharField(required=False, max_length=200, label=_("Search"))
    tag = PlainModelChoice(
        Tag.objects.all(), required=False, empty_label=_("Any tag"), label=_("Tag")
    )
    segment = PlainModelChoice(
        Segment.objects.all(), required=False, empty_label=_("Everybody"), label=_("Segment")
    )
    vip = PlainChoice(required=False, label=_("VIP"), choices=any_of(YES_NO, _("VIP or not")))

    target = Target.CUSTOMER

    @property
    def often(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name != "q"]

    def narrow(self, rows: CustomerQuerySet, *, with_contact_points: bool) -> CustomerQuerySet:
        """The rows that every chosen filter lets through."""
        chosen = self.cleaned_data
        if chosen.get("tag"):
            rows = rows.tagged(chosen["tag"])
        if chosen.get("segment"):
            rows = self._of_segment(rows, chosen["segment"])
        if chosen.get("vip"):
            rows = rows.filter(is_vip=chosen["vip"] == "yes")
        rows = self.narrow_custom(rows)
        if chosen.get("q"):
            rows = rows.matching(chosen["q"], with_contact_points=with_contact_points)
        return rows

    def _of_segment(self, rows: CustomerQuerySet, segment: Segment) -> CustomerQuerySet:
        """The segment's customers; none where a field of its conditions is gone."""
        try:
            return segments.narrowed(rows, segment.conditions)
        except Invalid:
            return rows.none()
