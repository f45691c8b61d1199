"""Imports: the saved mapping, one run over one file, and the rows that were not a plain create."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse

from accounts.models import User
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Versioned


class ImportMapping(Versioned):
    """Which column becomes which field, saved before any run."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=16, default="interactions")
    format = models.CharField(max_length=24)
    columns = models.JSONField(default=dict)
    options = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def as_json(self) -> dict[str, Any]:
        """The mapping as readers take it: the columns beside how their texts are meant."""
        return {"kind": self.kind, **self.options, "columns": self.columns}


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", "Uploaded"
    MAPPED = "mapped", "Mapped"
    CHECKING = "checking", "Checking"
    CHECKED = "checked", "Checked"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    FINISHED = "finished", "Finished"
    CANCELED = "canceled", "Canceled"
    FAILED = "failed", "Failed"
    UNDOING = "undoing", "Undoing"
    UNDONE = "undone", "Undone"


# Which state may follow which.
TRANSITIONS: dict[ImportState, frozenset[ImportState]] = {
    ImportState.UPLOADED: frozenset({ImportState.MAPPED, ImportState.CANCELED}),
    ImportState.MAPPED: frozenset(
        {ImportState.MAPPED, ImportState.CHECKING, ImportState.RUNNING, ImportState.CANCELED}
    ),
    ImportState.CHECKING: frozenset(
        {ImportState.CHECKED, ImportState.FAILED, ImportState.CANCELED}
    ),
    ImportState.CHECKED: frozenset(
        {ImportState.MAPPED, ImportState.CHECKING, ImportState.RUNNING, ImportState.CANCELED}
    ),
    ImportState.RUNNING: frozenset(
        {ImportState.PAUSED, ImportState.FINISHED, ImportState.FAILED, ImportState.CANCELED}
    ),
    ImportState.PAUSED: frozenset({ImportState.RUNNING, ImportState.CANCELED}),
    ImportState.FINISHED: frozenset({ImportState.UNDOING}),
    ImportState.FAILED: frozenset({ImportState.MAPPED}),
    ImportState.CANCELED: frozenset({ImportState.UNDOING}),
    ImportState.UNDOING: frozenset({ImportState.UNDONE}),
    ImportState.UNDONE: frozenset(),
}
WORKING_STATES = (ImportState.CHECKING, ImportState.RUNNING)
OPEN_STATES = (
    ImportState.UPLOADED,
    ImportState.MAPPED,
    ImportState.CHECKED,
    ImportState.PAUSED,
    *WORKING_STATES,
)
TONES = {
    ImportState.FAILED: "bad",
    ImportState.CANCELED: "warn",
    ImportState.PAUSED: "warn",
    ImportState.CHECKING: "accent",
    ImportState.RUNNING: "accent",
    ImportState.UNDOING: "accent",
    ImportState.UNDONE: "warn",
}
CHOSEN = {
    "fail": "unknown ones are refused",
    "unlinked": "unknown ones stay unlinked",
    "create": "unknown ones are made",
}
COUNTERS = ("read", "created", "updated", "skipped", "failed")


class ImportRun(Versioned):
    """One pass over one file.

    `checkpoint` is how many items of the file are behind it; `total` is how many there are, known
    once the file was read through. `source` is empty where the file names its own. `checked` keeps
    the counters of the last dry run, `side` what was made along the way (customers, queues).
    """

    kind = models.CharField(max_length=16, default="interactions")
    format = models.CharField(max_length=24)
    source = models.CharField(max_length=80, blank=True)
    file = models.ForeignKey(
        "ops.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    file_name = MaskedCharField(max_length=255)
    file_sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    file_bytes = models.PositiveBigIntegerField("bytes")
    mapping = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    mode = models.CharField(
        max_length=4, choices=[("dry", "Dry run"), ("real", "Import")], default="real"
    )
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    side = models.JSONField(default=dict, blank=True)
    checked = models.JSONField(default=dict, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    checkpoint = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    message = MaskedCharField(max_length=500, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    ordered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Import {self.pk}: {self.file_name}"

    def get_absolute_url(self) -> str:
        return reverse("crm:import_detail", kwargs={"pk": self.pk})

    @property
    def counters(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in COUNTERS}

    @property
    def is_working(self) -> bool:
        return self.state in WORKING_STATES

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def percent(self) -> int:
        """How much of the file is behind the run, 0 while the file was not read through yet."""
        if self.state == ImportState.FINISHED:
            return 100
        return min(100, 100 * self.read // self.total) if self.total else 0

    @property
    def shown_percent(self) -> int | None:
        """For a bar: None, which moves to and fro, until the length of the file is known."""
        return self.percent if self.total else None

    @property
    def progress_words(self) -> str:
        if not self.total:
            return f"{self.read:,} rows" if self.read else "Reading the file"
        return f"{self.read:,} of {self.total:,} rows"

    @property
    def state_words(self) -> str:
        return str(self.get_state_display())

    @property
    def tone(self) -> str:
        if self.state == ImportState.FINISHED:
            return "warn" if self.failed else "good"
        return TONES.get(ImportState(self.state), "")

    @property
    def sentence(self) -> str:
        """The result in words."""
        rows = f"{self.created:,} of {self.read:,} rows are new"
        return f"{rows}; {self.failed:,} could not be taken." if self.failed else f"{rows}."

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The options that people choose, in words."""
        words = {"missing_agents": "Agents", "missing_queues": "Queues", "zone": "Time zone"}
        words |= {"missing_customers": "Customers", "agent_team": "Team of new agents"}
        words |= {"default_on": "Date", "phone_region": "Country of numbers"}
        found = [(words[name], self.options.get(name, "")) for name in words]
        return [(label, CHOSEN.get(value, value)) for label, value in found if value]

    def column_of(self, field: str) -> str:
        """The column that the mapping has for a field; the field itself without one."""
        columns = self.mapping.get("columns") or {}
        return next((name for name, mapped in columns.items() if mapped == field), field)

    def may_become(self, state: ImportState) -> bool:
        return state in TRANSITIONS.get(ImportState(self.state), frozenset())


class RowOutcome(models.TextChoices):
    UPDATED = "updated", "Updated"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"


class ImportRow(models.Model):
    """A record that was updated, skipped or failed, with its line and a sentence.

    `target_id` is the row it matched; `before` holds the values that an update replaced.
    """

    run = models.ForeignKey(
        ImportRun, on_delete=models.PROTECT, related_name="rows", db_index=False
    )
    line = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, choices=RowOutcome)
    code = models.CharField(max_length=40, blank=True)
    column = models.CharField(max_length=120, blank=True)
    message = MaskedCharField(max_length=500, blank=True)
    raw = MaskedTextField(blank=True)
    target_id = models.BigIntegerField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["run", "line", "id"]
        indexes = [
            models.Index(fields=["run", "outcome", "line"]),
            models.Index(fields=["run", "target_id"]),
        ]

    def __str__(self) -> str:
        return f"Line {self.line}: {self.outcome}"
