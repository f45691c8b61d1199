"""Segments that have figures of their own, and who belongs to one."""

from __future__ import annotations

from django.db.models import QuerySet

from crm import segments
from crm.models import Customer, Segment
from reports.models import TrackedSegment


def tracked() -> list[Segment]:
    """By name; one query."""
    rows = TrackedSegment.objects.select_related("segment").order_by("segment__name")
    return [row.segment for row in rows]


def customers_of(segment: Segment) -> QuerySet[Customer]:
    """Its members now; nobody where a field of its conditions is gone."""
    try:
        return segments.narrowed(Customer.objects.active(), segment.conditions)
    except segments.BadConditions:
        return Customer.objects.none()


def customers_in(pk: int) -> QuerySet[Customer]:
    segment = Segment.objects.filter(pk=pk).first()
    return customers_of(segment) if segment else Customer.objects.none()
