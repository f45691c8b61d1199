"""Counts that every page shows and no page counts: moved in the transaction of what they count."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class CounterCell(models.Model):
    """How many rows of one kind somebody has to do with; `scope` is "user:7" for a person."""

    name = models.CharField(max_length=20)
    scope = models.CharField(max_length=40)
    value = models.IntegerField(default=0)

    class Meta:
        ordering = ["scope", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "name"], name="crm_counter_cell_once_per_scope"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(scope=""), name="crm_counter_cell_is_named"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.scope}: {self.value}"
