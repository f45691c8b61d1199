"""What was answered: drafts, responses with their answers and history, and running tallies."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from accounts.permissions import scope
from accounts.teams import spans_led_by
from feedback.models.survey_invitations import Invitation
from feedback.models.surveys import Collector, Survey, SurveyVersion
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped
from ops.models import StoredFile
from routing.models import Queue


class Draft(Stamped):
    """Answers that were not sent yet; never an answer."""

    invitation = models.OneToOneField(Invitation, on_delete=models.PROTECT, related_name="draft")
    version_counter = models.PositiveIntegerField(default=1)
    answers = models.JSONField(default=dict)
    section = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["invitation"]

    def __str__(self) -> str:
        return f"Draft of {self.invitation_id}"


class ResponseState(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"
    SUSPECT = "suspect", "Suspect"
    REJECTED = "rejected", "Rejected"
    OVER_QUOTA = "over_quota", "Over the quota"


RESPONSE_TRANSITIONS: dict[str, frozenset[str]] = {
    "new": frozenset({"accepted", "suspect", "over_quota"}),
    "suspect": frozenset({"accepted", "rejected"}),
    "accepted": frozenset({"suspect"}),
    "rejected": frozenset({"suspect"}),
    "over_quota": frozenset(),
}


class Driver(models.TextChoices):
    PERSON = "person", _("Person")
    PROCESS = "process", _("Process")
    PRODUCT = "product", _("Product")
    OTHER = "other", _("Something else")


def _together(*names: str) -> Q:
    return Q(**{f"{name}__isnull": True for name in names}) | Q(
        **{f"{name}__isnull": False for name in names}
    )


class ResponseQuerySet(models.QuerySet["Response"]):
    def visible_to(self, user: User) -> ResponseQuerySet:
        """Those one may read in full: all, or of teams one led then, or of queues of these."""
        reach = scope(user, "feedback.view_comment")
        if reach == "all":
            return self
        if reach != "team":
            return self.none()
        led = user.memberships.filter(kind="supervisor", ends_at__isnull=True)
        mine = spans_led_by(user, at="submitted_on") | Q(queue__team__in=led.values("team_id"))
        return self.filter(mine)

    def accepted(self) -> ResponseQuerySet:
        return self.filter(state=ResponseState.ACCEPTED)

    def quarantined(self) -> ResponseQuerySet:
        return self.filter(state=ResponseState.SUSPECT)

    def to_review(self) -> ResponseQuerySet:
        return self.accepted().filter(needs_review=True)

    def counting(self) -> ResponseQuerySet:
        """Those of the figures: accepted, of people whom the program drew."""
        return self.accepted().filter(origin="program")

    def named(self, driver: str) -> ResponseQuerySet:
        """Those with that effective driver: a colleague's label, else the customer's answer."""
        by_customer = Q(driver_by_staff__isnull=True, driver_by_customer=driver)
        return self.filter(Q(driver_by_staff=driver) | by_customer)

    def credited_to(self, agent: User) -> ResponseQuerySet:
        return self.filter(invitation__credits__agent=agent)

    def for_list(self) -> ResponseQuerySet:
        return self.select_related(
            "survey",
            "version",
            "queue",
            "team",
            "invitation__customer",
            "invitation__interaction",
        )


class Response(models.Model):
    """One sent questionnaire.

    The key answer, its driver and the strata are copied here, so that lists and figures read one
    row. An anonymous response keeps no moment, no invitation and no order.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="responses")
    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="responses")
    invitation = models.OneToOneField(
        Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="response"
    )
    collector = models.ForeignKey(
        Collector, null=True, blank=True, on_delete=models.PROTECT, related_name="responses"
    )
    state = models.CharField(max_length=10, choices=ResponseState)
    is_anonymous = models.BooleanField(default=False)
    needs_review = models.BooleanField(default=False)
    automation_score = models.DecimalField(max_digits=3, decimal_places=2, default=0)
    automation_signals = models.JSONField(default=dict, blank=True)
    language = models.CharField(max_length=12, default="en")
    channel = models.CharField(max_length=8)
    origin = models.CharField(max_length=9, default="program")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_on = models.DateField()
    nonce_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    duration_seconds = models.PositiveIntegerField(null=True, blank=True)
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    interaction_channel = models.CharField(max_length=10, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    metric = models.CharField(max_length=6, blank=True)
    value = models.SmallIntegerField(null=True, blank=True)
    is_satisfied = models.BooleanField(null=True, blank=True)
    comment = MaskedTextField(blank=True)
    text_hash = models.CharField(max_length=64, blank=True)
    privacy_text = models.CharField(max_length=16, blank=True)
    is_anonymized = models.BooleanField(default=False)
    driver_by_customer = models.CharField(max_length=8, choices=Driver, blank=True)
    driver_by_staff = models.CharField(max_length=8, choices=Driver, null=True, blank=True)  # noqa: DJ001
    driver_set_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    driver_set_at = models.DateTimeField(null=True, blank=True)
    driver_reason = MaskedCharField(max_length=300, null=True, blank=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_on", "-id"]
        indexes = [
            models.Index(fields=["survey", "-submitted_on", "-id"]),
            models.Index(fields=["state", "-submitted_on"]),
            models.Index(fields=["text_hash"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(invitation__isnull=True) | Q(collector__isnull=True),
                name="feedback_response_came_one_way",
            ),
            models.CheckConstraint(
                condition=Q(is_anonymous=True)
                | Q(is_anonymized=True)
                | Q(invitation__isnull=False)
                | Q(collector__isnull=False),
                name="feedback_response_has_its_way_unless_anonymous",
            ),
            models.CheckConstraint(
                condition=Q(is_anonymous=False)
                | Q(
                    invitation__isnull=True,
                    submitted_at__isnull=True,
                    duration_seconds__isnull=True,
                ),
                name="feedback_response_anonymous_has_no_moment",
            ),
            models.CheckConstraint(
                condition=Q(is_anonymous=False)
                | Q(nonce_hash__isnull=True)
                | Q(collector__isnull=False),
                name="feedback_response_anonymous_has_no_nonce",
            ),
            models.CheckConstraint(
                condition=_together(
                    "driver_by_staff", "driver_set_by", "driver_set_at", "driver_reason"
                ),
                name="feedback_response_relabeled_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.short_id}"

    @property
    def short_id(self) -> str:
        return str(self.pk)[:8]

    @property
    def driver(self) -> str:
        """The effective driver: a colleague's label, else the customer's answer."""
        return self.driver_by_staff or self.driver_by_customer

    @property
    def moment(self) -> datetime:
        """When it was sent; the day's first instant where no finer time is kept."""
        return self.submitted_at or datetime.combine(self.submitted_on, time(0), UTC)

    @property
    def score_percent_of_limit(self) -> Decimal:
        return min(Decimal(100), self.automation_score * 100)


class Answer(models.Model):
    """One value of one question; several rows for several choices, matrix rows, ranks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField(max_length=40)
    row_code = models.CharField(max_length=40, blank=True)
    option = models.CharField(max_length=40, blank=True)
    number = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    text = MaskedTextField(blank=True)
    date = models.DateField(null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_on_path = models.BooleanField(default=True)
    is_skipped = models.BooleanField(default=False)
    is_not_applicable = models.BooleanField(default=False)

    class Meta:
        ordering = ["response", "question", "row_code", "option"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "question", "row_code", "option"],
                name="feedback_answer_once_per_question_row_and_option",
            ),
            models.CheckConstraint(
                condition=Q(is_skipped=False) | Q(is_not_applicable=False),
                name="feedback_answer_is_skipped_or_not_applicable",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} of {self.response_id}"


class AnswerHistory(models.Model):
    """Answers that no longer count: of a superseded suspect, or off the path taken in the end."""

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    reason = models.CharField(
        max_length=18,
        choices=[
            ("superseded_suspect", "Replaced by a person's answer"),
            ("off_path", "Left the path"),
            ("redacted", "Redacted"),
        ],
    )
    payload = models.JSONField(default=dict)

    class Meta:
        ordering = ["response", "id"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.response_id}"


class StateChange(models.Model):
    """A response that went from one state to another."""

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="changes")
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10, choices=ResponseState)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = MaskedCharField(max_length=300, blank=True)

    class Meta:
        ordering = ["response", "id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class TallyQuerySet(models.QuerySet["Tally"]):
    def in_period(self, from_on: date, until_on: date) -> TallyQuerySet:
        """Both days belong to the period."""
        return self.filter(on_date__gte=from_on, on_date__lte=until_on)


class Tally(models.Model):
    """How often a value was given on a day, by queue, channel and team; 0 stands for none.

    `question` is a question's code, `~driver`, or `~field` for what became of invitations; `key` is
    a value or option, or one of ~reached, ~skipped, ~na.
    """

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="tallies")
    on_date = models.DateField()
    question = models.CharField(max_length=40)
    series = models.PositiveSmallIntegerField(default=1)
    origin = models.CharField(max_length=9, default="program")
    queue_key = models.BigIntegerField(default=0)
    channel = models.CharField(max_length=10, blank=True)
    team_key = models.BigIntegerField(default=0)
    key = models.CharField(max_length=90)
    count = models.IntegerField(default=0)

    objects = TallyQuerySet.as_manager()

    class Meta:
        ordering = ["survey", "on_date", "id"]
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "survey",
                    "question",
                    "on_date",
                    "series",
                    "origin",
                    "queue_key",
                    "channel",
                    "team_key",
                    "key",
                ],
                name="feedback_tally_once_per_cell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_date} {self.question} {self.key}: {self.count}"
