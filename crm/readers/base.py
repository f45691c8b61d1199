"""What every reader takes and yields: the contract between file formats and the import.

A reader is a generator function `read(file, options)` over a binary file. It yields, in file order,

- one record per thing found (`InteractionRecord`, `CustomerRecord`, `OrganizationRecord`,
  `TranscriptRecord`, `AgentStateRecord`),
- `RowError` for a line that cannot be taken, after which reading goes on,
- `Skip` for a line that is left out on purpose,

and raises `UnreadableFile` where going on would be guessing (wrong encoding, NUL bytes, broken
JSON). Nothing that a reader yields before that may be kept. Memory use does not grow with the file.

`read` of an import counts records, errors and skips. An `AgentStateRecord` found in a file of
interactions is counted apart. Instants are aware UTC moments, or None. Texts are "" when absent.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; the text is a sentence for the person who imports it."""

    def __init__(
        self, message: str, *, line: int = 0, column: str = "", code: str = "file_unreadable"
    ) -> None:
        place = f"Line {line}" + (f", column {column}" if column else "") + ": " if line else ""
        super().__init__(place + message)
        self.line = line
        self.column = column
        self.code = code
        self.message = message


@dataclass(slots=True)
class RowError:
    """A line that was not taken: where, a code of requirement C-707, and a sentence that helps.

    `cells` is the row as it stood in a table, `raw` the text of the line in other formats; card
    numbers are already removed from both.
    """

    line: int
    column: str
    code: str
    message: str
    cells: Sequence[str] = ()
    raw: str = ""


@dataclass(slots=True)
class Skip:
    """A line that was left out on purpose, and why."""

    line: int
    code: str
    message: str
    cells: Sequence[str] = ()
    raw: str = ""


@dataclass(slots=True)
class HandleRecord:
    """A name on a network: whatsapp, instagram, telegram, webchat, x or other."""

    network: str
    value: str


@dataclass(slots=True)
class CustomerRecord:
    """A customer as a file names one. Phones and e-mail addresses are the raw texts.

    In a table of customers, `mapped` holds the fields that have a column, also where the cell is
    empty.
    """

    external_id: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    handles: Sequence[HandleRecord] = ()
    preferred_language: str = ""
    tags: Sequence[str] = ()
    custom: dict[str, JsonValue] = field(default_factory=dict)
    source: str = ""
    updated_at: datetime | None = None
    line: int = 0
    cells: Sequence[str] = ()
    mapped: Collection[str] = ()


@dataclass(slots=True)
class OrganizationRecord:
    """An organization as a table names one; `parent` is the name of the one above it."""

    external_id: str = ""
    name: str = ""
    domains: Sequence[str] = ()
    parent: str = ""
    custom: dict[str, JsonValue] = field(default_factory=dict)
    source: str = ""
    line: int = 0
    cells: Sequence[str] = ()


@dataclass(slots=True)
class LegSpanRecord:
    """One stretch of a leg: ring, talk, hold or wrap."""

    kind: str
    starts_at: datetime
    ends_at: datetime


@dataclass(slots=True)
class LegRecord:
    """One agent's part. `agent` is the key by which the source names the agent, "" if unknown."""

    agent: str = ""
    agent_name: str = ""
    queue: str = ""
    kind: str = "handling"
    offered_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wait_seconds: int | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    hold_seconds: int | None = None
    hold_count: int | None = None
    longest_hold_seconds: int | None = None
    wrap_seconds: int | None = None
    wrap_source: str = "none"
    active_seconds: int | None = None
    slots: int | None = None
    end: str = "unknown"
    transferred_to: str = ""
    spans: Sequence[LegSpanRecord] = ()


@dataclass(slots=True)
class QueueVisitRecord:
    """One stay in one queue. `leg` is the index in `legs` of the leg that answered, else None."""

    queue: str
    entered_at: datetime
    left_at: datetime | None = None
    outcome: str = ""
    wait_seconds: int | None = None
    leg: int | None = None


@dataclass(slots=True)
class TurnRecord:
    """One turn of a transcript or one message of a chat; milliseconds from the interaction's start.

    Times are kept as the source gives them, also where the clocks of the two sides differ.
    """

    speaker: str
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    sent_at: datetime | None = None
    agent: str = ""
    is_internal: bool = False


@dataclass(slots=True)
class RecordingRecord:
    """A recording by its address; the file itself is never fetched."""

    url: str
    media_type: str = ""
    starts_at: datetime | None = None
    duration_seconds: int | None = None
    sha256: str = ""


@dataclass(slots=True)
class InteractionRecord:
    """One interaction in the words of Attune, whatever the format it came from.

    `visits` is None until they are known; `complete.complete` derives them, sums the header seconds
    from the legs, nulls negative seconds and names what is doubtful in `flags`. `side_offsets_ms`
    holds, per speaker, the milliseconds to add so that both sides stand on one clock.
    """

    external_id: str
    channel: str = "voice"
    direction: str = "inbound"
    outcome: str = "handled"
    started_at: datetime | None = None
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = "unknown"
    queue: str = ""
    subject: str = ""
    language: str = ""
    customer: CustomerRecord | None = None
    customer_address: str = ""
    service_address: str = ""
    wait_seconds: int | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    hold_seconds: int | None = None
    wrap_seconds: int | None = None
    handle_seconds: int | None = None
    hold_count: int | None = None
    transfer_count: int = 0
    leg_count: int = 0
    legs: Sequence[LegRecord] = ()
    visits: Sequence[QueueVisitRecord] | None = None
    turns: Sequence[TurnRecord] = ()
    transcript_format: str = ""
    turns_out_of_order: bool = False
    side_offsets_ms: Mapping[str, int] = field(default_factory=dict)
    recordings: Sequence[RecordingRecord] = ()
    dispositions: Sequence[str] = ()
    tags: Sequence[str] = ()
    custom: dict[str, JsonValue] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    cards_removed: int = 0
    source: str = ""
    updated_at: datetime | None = None
    line: int = 0
    cells: Sequence[str] = ()
    # A later file may hold only the rest of it: what is stored from before stays.
    may_continue: bool = False


@dataclass(slots=True)
class TranscriptRecord:
    """A transcript for an interaction that is already known by its external id."""

    external_id: str
    transcript_format: str
    turns: Sequence[TurnRecord] = ()
    language: str = ""
    turns_out_of_order: bool = False
    side_offsets_ms: Mapping[str, int] = field(default_factory=dict)
    cards_removed: int = 0
    source: str = ""
    line: int = 0


@dataclass(slots=True)
class AgentStateRecord:
    """An agent was in one state from `started_at` to `ended_at` (None: until the next state)."""

    agent: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None
    slots: int = 1
    source: str = ""
    line: int = 0
    cells: Sequence[str] = ()


Record = (
    InteractionRecord | CustomerRecord | OrganizationRecord | TranscriptRecord | AgentStateRecord
)
Item = Record | RowError | Skip


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """What the person who imports chose for the run.

    `source` "" means the one that the file names, else the format's own; `zone` "" the format's own
    zone; `encoding` "" UTF-8, or what a byte order mark says. `mapping` is the saved column mapping
    as JSON (see the module `mapping`), `default_on` the date of clocks without one, `started_at`
    the start of interactions in formats without times, `now` the moment of the import. `settings`
    holds what one format alone knows.
    """

    source: str = ""
    zone: str = ""
    phone_region: str = ""
    encoding: str = ""
    file_name: str = ""
    mapping: Mapping[str, JsonValue] = field(default_factory=dict)
    default_on: date | None = None
    started_at: datetime | None = None
    now: datetime | None = None
    settings: Mapping[str, JsonValue] = field(default_factory=dict)


Reader = Callable[[BinaryIO, ReaderOptions], Iterator[Item]]
