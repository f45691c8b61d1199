"""Tags: short words with a color that people put on records."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from lib.models import Stamped


class TagColor(models.TextChoices):
    """Names of the palette; the style sheet knows what they look like."""

    GRAY = "gray", "Gray"
    BLUE = "blue", "Blue"
    GREEN = "green", "Green"
    YELLOW = "yellow", "Yellow"
    RED = "red", "Red"
    VIOLET = "violet", "Violet"


class Tag(Stamped):
    """`aliases` are the names of tags that were merged into this one."""

    name = models.CharField(max_length=40)
    color = models.CharField(max_length=8, choices=TagColor, default=TagColor.GRAY)
    aliases = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="crm_tag_name_unique_without_case"),
        ]

    def __str__(self) -> str:
        return self.name
