"""Abstract bases shared by the tables of every app; `lib` itself owns no table."""

from __future__ import annotations

from django.db import models


class Stamped(models.Model):
    """Rows that know when they were made and last saved."""

    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True


class Versioned(Stamped):
    """Rows that two people may edit: `version` starts at 1 and moves with every change."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True
