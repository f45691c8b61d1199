"""Sign-offs of who may do what."""

from __future__ import annotations

from django.db import models

from accounts.models.people import User
from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from lib.models import Stamped


class AccessReview(Stamped):
    """Somebody looked through every account; `digest` is the SHA-256 of the list that they saw."""

    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)
    people = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    note = MaskedCharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(digest=64, note=500), name="accounts_review_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.people} accounts on {self.at:%d %b %Y}"
