"""What comments are about: topics by phrases, and labels by rule or by a person."""

from __future__ import annotations

from django.db import models

from accounts.models import User
from accounts.permissions import scope
from feedback.models.survey_responses import Response
from feedback.models.surveys import is_a_code
from lib.models import Versioned


class Group(models.TextChoices):
    PERSON = "person", "Person"
    PROCESS = "process", "Process"
    PRODUCT = "product", "Product"
    OTHER = "other", "Other"


class TopicQuerySet(models.QuerySet["Topic"]):
    def visible_to(self, user: User) -> TopicQuerySet:
        return self if scope(user, "feedback.view_results") else self.none()


class Topic(Versioned):
    """`phrases`: one a line; `word*` for beginnings, `-phrase` for what forbids it."""

    code = models.CharField(max_length=40, unique=True, validators=[is_a_code])
    name = models.CharField(max_length=80)
    group = models.CharField(max_length=8, choices=Group, default=Group.OTHER)
    phrases = models.TextField(max_length=4000)
    is_active = models.BooleanField(default=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def phrase_list(self) -> list[str]:
        return [line.strip() for line in self.phrases.splitlines() if line.strip()]


class CommentLabel(models.Model):
    """A topic of a comment. A person's label wins; what the rule said stays beside it."""

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="labels")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="labels")
    by_rule = models.BooleanField(default=False)
    by_human = models.BooleanField(null=True, blank=True, help_text="Empty: nobody looked.")
    polarity = models.SmallIntegerField(default=0, help_text="-1, 0 or 1, from the score.")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["response", "topic"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "topic"], name="feedback_label_once_per_topic"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} on {self.response_id}"

    @property
    def holds(self) -> bool:
        return self.by_rule if self.by_human is None else self.by_human
