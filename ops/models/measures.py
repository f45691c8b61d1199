"""Sums that only grow, for monitors."""

from __future__ import annotations

from django.db import models


class Measure(models.Model):
    """What all processes together have counted under a name of ours and its labels."""

    name = models.CharField(max_length=60)
    labels = models.CharField(max_length=200, blank=True)
    total = models.FloatField(default=0)

    class Meta:
        ordering = ["name", "labels"]
        constraints = [
            models.UniqueConstraint(fields=["name", "labels"], name="ops_measure_is_summed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}{self.labels}"
