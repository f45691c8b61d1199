"""SCORM: packages taken in, what learners' content keeps, and every commit as it came."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from lib.models import Stamped
from ops.models import StoredFile
from training.models.base import RowVersioned, at_most, percent, within
from training.models.courses import Lesson
from training.models.learning import Enrollment


class Edition(models.TextChoices):
    V12 = "1.2", "SCORM 1.2"
    V2004_2 = "2004_2", "SCORM 2004, 2nd edition"
    V2004_3 = "2004_3", "SCORM 2004, 3rd edition"
    V2004_4 = "2004_4", "SCORM 2004, 4th edition"


class ScormPackage(RowVersioned):
    """A course made elsewhere. Its files never change; the switches say how its word is taken."""

    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    edition = models.CharField(max_length=6, choices=Edition)
    title = models.CharField(max_length=200)
    file_count = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    findings = models.JSONField(default=list, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    trusts_status = models.BooleanField(
        "trust the content's status",
        default=False,
        help_text="Ticked, a score below the mastery score does not overrule what it says.",
    )
    completes_silent = models.BooleanField(
        "complete without a word",
        default=False,
        help_text="For content that never says that it is completed: leaving it counts.",
    )
    always_keeps = models.BooleanField(
        "always keep its place",
        default=False,
        help_text="Also if the content did not ask for it when it was left.",
    )

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.CheckConstraint(
                condition=at_most("title", 200) & Q(file_count__gte=1),
                name="training_package_has_a_title_and_files",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ScormItem(Stamped):
    """A line of a package's table of contents; one with `href` can be opened."""

    package = models.ForeignKey(ScormPackage, on_delete=models.CASCADE, related_name="items")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    identifier = models.CharField(max_length=255)
    position = models.PositiveIntegerField()
    depth = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=255)
    href = models.CharField(max_length=2000, blank=True)
    scorm_type = models.CharField(
        max_length=5, choices=[("sco", "SCO"), ("asset", "Asset")], blank=True
    )
    mastery_score = percent(null=True, blank=True)
    scaled_passing_score = models.DecimalField(
        max_digits=8, decimal_places=7, null=True, blank=True
    )
    completion_threshold = models.DecimalField(
        max_digits=8, decimal_places=7, null=True, blank=True
    )
    launch_data = models.TextField(max_length=4096, blank=True)
    max_time_allowed = models.CharField(max_length=60, blank=True)
    time_limit_action = models.CharField(max_length=30, blank=True)
    objectives = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["package", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["package", "identifier"], name="training_item_identifier_unique_in_package"
            ),
            models.CheckConstraint(
                condition=at_most("title", 255)
                & at_most("href", 2000)
                & at_most("launch_data", 4096)
                & (Q(href="", scorm_type="") | (~Q(href="") & ~Q(scorm_type="")))
                & within("mastery_score", 0, 100)
                & within("scaled_passing_score", -1, 1)
                & within("completion_threshold", 0, 1),
                name="training_item_opens_as_something",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_launchable(self) -> bool:
        return bool(self.href)


class ImportState(models.TextChoices):
    WAITING = "waiting", "Being read"
    DONE = "done", "Taken in"
    REFUSED = "refused", "Refused"


class ScormImport(Stamped):
    """One try to take a package in, with everything that was found; a refused one keeps no file."""

    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=7, choices=ImportState, default=ImportState.WAITING)
    findings = models.JSONField(default=list, blank=True)
    package = models.ForeignKey(
        ScormPackage, null=True, blank=True, on_delete=models.PROTECT, related_name="imports"
    )
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="done") & Q(package__isnull=False))
                | (~Q(state="done") & Q(package__isnull=True)),
                name="training_import_done_has_its_package",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        return self.state == ImportState.WAITING


class ScormState(Stamped):
    """What the content of one item keeps for one enrollment, and what it amounts to.

    `cmi` holds element names and values as the content set them. `launch` is the only one that may
    write here; `credited_hundredths` and `last_sequence` are its own.
    """

    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="scorm_states"
    )
    item = models.ForeignKey(ScormItem, on_delete=models.PROTECT, related_name="states")
    launch = models.ForeignKey(
        "ScormLaunch", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    cmi = models.JSONField(default=dict, blank=True)
    exit = models.CharField(max_length=10, blank=True)
    status = models.CharField(max_length=13, blank=True)
    success = models.CharField(max_length=7, blank=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    total_hundredths = models.PositiveBigIntegerField(default=0)
    credited_hundredths = models.PositiveBigIntegerField(default=0)
    last_sequence = models.PositiveIntegerField(default=0)
    launch_count = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["enrollment", "item"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "item"], name="training_scorm_state_once_per_item"
            ),
        ]

    def __str__(self) -> str:
        return f"Item {self.item_id} of enrollment {self.enrollment_id}"

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def seconds(self) -> int:
        return self.total_hundredths // 100


class LaunchMode(models.TextChoices):
    NORMAL = "normal", "Normal"
    REVIEW = "review", "Review"
    BROWSE = "browse", "Browse"


class ScormLaunch(Stamped):
    """One opening of an item, known by a secret of which only the digest is kept.

    `app_origin` is where it was asked for, `content_origin` the only place that answers it. An
    author who looks at a package browses: without enrollment, and nothing is kept.
    """

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    enrollment = models.ForeignKey(
        Enrollment, null=True, blank=True, on_delete=models.PROTECT, related_name="scorm_launches"
    )
    lesson = models.ForeignKey(
        Lesson, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item = models.ForeignKey(ScormItem, on_delete=models.PROTECT, related_name="launches")
    mode = models.CharField(max_length=6, choices=LaunchMode)
    entry = models.CharField(max_length=9, blank=True)
    app_origin = models.CharField(max_length=255)
    content_origin = models.CharField(max_length=255)
    started_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "SCORM launches"
        indexes = [models.Index(fields=["enrollment", "item", "ended_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(mode="browse", enrollment__isnull=True, lesson__isnull=True)
                | (~Q(mode="browse") & Q(enrollment__isnull=False, lesson__isnull=False)),
                name="training_launch_is_of_an_enrollment_or_browsing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} opened by {self.person}"


class ScormCommit(Stamped):
    """One message of the content, once: its sequence, the time it claimed, what was refused."""

    launch = models.ForeignKey(ScormLaunch, on_delete=models.PROTECT, related_name="commits")
    sequence = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    session_hundredths = models.PositiveBigIntegerField(default=0)
    credited_hundredths = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list, blank=True)
    is_final = models.BooleanField(default=False)

    class Meta:
        ordering = ["launch", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["launch", "sequence"], name="training_commit_sequence_once_per_launch"
            ),
        ]

    def __str__(self) -> str:
        return f"Commit {self.sequence} of launch {self.launch_id}"
