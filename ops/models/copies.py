"""The mark of a place that was restored as a copy of another."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class CopyMark(models.Model):
    """One row: this place is a copy, so nothing leaves it and every page says so."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    made_at = models.DateTimeField(help_text="When the backup was made.")
    restored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="ops_copy_mark_is_one"),
        ]

    def __str__(self) -> str:
        return f"copy of {self.made_at:%Y-%m-%d %H:%M} UTC"
