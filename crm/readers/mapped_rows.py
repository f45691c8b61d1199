"""Makes records of the mapped texts of table rows."""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime

from crm.readers import vocabulary as words
from crm.readers.base import (
    AgentStateRecord,
    CustomerRecord,
    HandleRecord,
    InteractionRecord,
    JsonValue,
    LegRecord,
    OrganizationRecord,
    ReaderOptions,
    RecordingRecord,
)
from crm.readers.clocks import Clocks, LocalTime, is_clock, next_day_if_earlier, parse_moment
from crm.readers.fields import LARGEST_SECONDS, FieldError
from crm.readers.mapping import CUSTOM, ColumnMapping

_SEVERAL = re.compile(r"[;\n]")
_WHOLE = re.compile(r"[+-]?[0-9]{1,10}")
_DURATION = re.compile(r"([+-]?)(?:(?:([0-9]{1,5}):)?([0-9]{1,5}):)?([0-9]{1,9})(?:\.[0-9]*)?")
# The order in which the moments of a row follow one another, for clocks that pass midnight.
_MOMENTS = ("started_at", "queued_at", "offered_at", "answered_at", "ended_at")
_LEG_FIELDS = frozenset({"agent", "answered_at", "offered_at", "talk_seconds", "leg_end"})

Texts = dict[str, str]


class RowMaker:
    """Makes records of rows by one mapping; its methods may raise FieldError, naming the field."""

    def __init__(self, mapping: ColumnMapping, options: ReaderOptions, source: str) -> None:
        self._local = LocalTime(options.zone)
        self._clocks = Clocks(mapping.date_order)
        self._decimal = mapping.decimal
        self._default_on = options.default_on
        self._source = source
        self._fields = mapping.fields

    def interaction(self, texts: Texts, line: int, cells: Sequence[str]) -> InteractionRecord:
        """A row as an interaction with at most one leg."""
        moments = self._moments(texts)
        leg = self._leg(texts, moments)
        record = InteractionRecord(
            _required(texts, "external_id"),
            channel=_choice(texts, "channel", words.CHANNELS, "voice"),
            direction=_choice(texts, "direction", words.DIRECTIONS, "inbound"),
            outcome=_choice(texts, "outcome", words.OUTCOMES, "handled"),
            started_at=moments.get("started_at"),
            queued_at=moments.get("queued_at"),
            answered_at=moments.get("answered_at"),
            ended_at=moments.get("ended_at"),
            ended_by=_choice(texts, "ended_by", words.ENDED_BY, "unknown"),
            queue=texts.get("queue", ""),
            subject=texts.get("subject", ""),
            language=texts.get("language", ""),
            customer=self._linked_customer(texts),
            customer_address=texts.get("customer_address", ""),
            service_address=texts.get("service_address", ""),
            wait_seconds=self._seconds(texts, "wait_seconds"),
            legs=[leg] if leg else [],
            recordings=_recordings(texts),
            dispositions=_several(texts, "dispositions"),
            tags=_several(texts, "tags"),
            custom=_custom(texts),
            source=self._source,
            updated_at=self._moment(texts, "updated_at"),
            line=line,
            cells=cells,
        )
        if record.started_at is None:
            raise FieldError("started_at", "required", "This cell is empty.")
        return record

    def customer(self, texts: Texts, line: int, cells: Sequence[str]) -> CustomerRecord:
        """A row as a customer; it must have a name or a way to reach the person."""
        record = self._customer(texts)
        named = record.name or record.first_name or record.last_name
        reached = record.phones or record.emails or record.handles
        if not (named or reached):
            raise FieldError("name", "required", "Enter a name or a way to reach this person.")
        record.tags = _several(texts, "tags")
        record.custom = _custom(texts)
        record.line, record.cells, record.mapped = line, cells, self._fields
        return record

    def organization(self, texts: Texts, line: int, cells: Sequence[str]) -> OrganizationRecord:
        """A row as an organization; it must have a name."""
        return OrganizationRecord(
            external_id=texts.get("external_id", ""),
            name=_required(texts, "name"),
            domains=[part for text in _several(texts, "domains") for part in text.split()],
            parent=texts.get("parent", ""),
            custom=_custom(texts),
            source=self._source,
            line=line,
            cells=cells,
        )

    def agent_state(self, texts: Texts, line: int, cells: Sequence[str]) -> AgentStateRecord:
        """A row as a stretch of one agent in one state."""
        moments = self._moments(texts)
        started_at, ended_at = moments.get("started_at"), moments.get("ended_at")
        if started_at is None:
            raise FieldError("started_at", "required", "This cell is empty.")
        if ended_at is not None and ended_at <= started_at:
            raise FieldError("ended_at", "order_of_times", "The state ends before it starts.")
        return AgentStateRecord(
            agent=_required(texts, "agent"),
            state=_choice(texts, "state", words.AGENT_STATES, ""),
            started_at=started_at,
            ended_at=ended_at,
            slots=self._whole(texts, "slots") or 1,
            source=self._source,
            line=line,
            cells=cells,
        )

    def _leg(self, texts: Texts, moments: dict[str, datetime]) -> LegRecord | None:
        if not texts.keys() & _LEG_FIELDS:
            return None
        wrap = self._seconds(texts, "wrap_seconds")
        return LegRecord(
            agent=texts.get("agent", ""),
            queue=texts.get("queue", ""),
            offered_at=moments.get("offered_at"),
            answered_at=moments.get("answered_at"),
            ended_at=moments.get("ended_at"),
            wait_seconds=self._seconds(texts, "wait_seconds"),
            ring_seconds=self._seconds(texts, "ring_seconds"),
            talk_seconds=self._seconds(texts, "talk_seconds"),
            hold_seconds=self._seconds(texts, "hold_seconds"),
            longest_hold_seconds=self._seconds(texts, "longest_hold_seconds"),
            wrap_seconds=wrap,
            hold_count=self._whole(texts, "hold_count"),
            wrap_source="none" if wrap is None else "reported",
            end=_choice(texts, "leg_end", words.LEG_ENDS, "unknown"),
            transferred_to=texts.get("transferred_to", ""),
        )

    def _linked_customer(self, texts: Texts) -> CustomerRecord | None:
        inner = {
            name.removeprefix("customer."): text
            for name, text in texts.items()
            if name.startswith("customer.")
        }
        return self._customer(inner) if inner else None

    def _customer(self, texts: Texts) -> CustomerRecord:
        return CustomerRecord(
            external_id=texts.get("external_id", ""),
            name=texts.get("name", ""),
            first_name=texts.get("first_name", ""),
            last_name=texts.get("last_name", ""),
            phones=_several(texts, "phones"),
            emails=_several(texts, "emails"),
            handles=_handles(texts),
            preferred_language=texts.get("preferred_language", ""),
            source=self._source,
        )

    def _moments(self, texts: Texts) -> dict[str, datetime]:
        """The moments of a row; clocks alone take the row's date and may pass midnight."""
        found: dict[str, datetime] = {}
        before = 0
        for name in _MOMENTS:
            text = texts.get(name)
            if text is None:
                continue
            if is_clock(text):
                on = self._date(texts, name)
                before = next_day_if_earlier(self._clock(name, text), before)
                found[name] = self._local.instant(on, before)
            else:
                found[name] = self._parse(name, text)
        return found

    def _clock(self, name: str, text: str) -> int:
        try:
            return self._clocks.seconds(text)
        except ValueError as error:
            raise FieldError(name, "date_unreadable", str(error)) from None

    def _date(self, texts: Texts, name: str) -> date:
        text = texts.get("date")
        if text is None:
            if self._default_on is None:
                raise FieldError(
                    name,
                    "date_unreadable",
                    "This is a time without a date. Map the column that holds the date.",
                )
            return self._default_on
        try:
            return self._clocks.day(text)
        except ValueError as error:
            raise FieldError("date", "date_unreadable", str(error)) from None

    def _moment(self, texts: Texts, name: str) -> datetime | None:
        return self._parse(name, texts[name]) if name in texts else None

    def _parse(self, name: str, text: str) -> datetime:
        try:
            return parse_moment(text, self._clocks, self._local)
        except ValueError as error:
            raise FieldError(name, "date_unreadable", str(error)) from None

    def _whole(self, texts: Texts, name: str) -> int | None:
        text = texts.get(name)
        if text is None:
            return None
        if not _WHOLE.fullmatch(text) or abs(int(text)) > LARGEST_SECONDS:
            raise FieldError(name, "number_unreadable", f'"{text[:40]}" is not a whole number.')
        return int(text)

    def _seconds(self, texts: Texts, name: str) -> int | None:
        """Seconds from 90, 90.5, 1:30 or 0:01:30; a fraction is cut off, a minus kept."""
        text = texts.get(name)
        if text is None:
            return None
        match = _DURATION.fullmatch(
            text.replace(self._decimal, ".") if self._decimal in text else text
        )
        if match is None:
            raise FieldError(
                name,
                "number_unreadable",
                f'"{text[:40]}" is not a number of seconds, nor a duration such as 0:01:30.',
            )
        hours, minutes, seconds = int(match[2] or 0), int(match[3] or 0), int(match[4])
        total = hours * 3600 + minutes * 60 + seconds
        return -total if match[1] == "-" else total


def _required(texts: Texts, name: str) -> str:
    if name not in texts:
        raise FieldError(name, "required", "This cell is empty.")
    return texts[name]


def _choice(texts: Texts, name: str, choices: Collection[str], default: str) -> str:
    text = texts.get(name, default)
    if text in choices:
        return text
    word = text.lower().replace(" ", "_").replace("-", "_")
    if word in choices:
        return word
    raise FieldError(
        name,
        "choice_unknown",
        f'"{text[:40]}" is not one of {", ".join(sorted(choices))}. Map its values.',
    )


def _several(texts: Texts, name: str) -> list[str]:
    """The parts of a cell that holds several, split at semicolon or newline."""
    text = texts.get(name)
    return [part.strip() for part in _SEVERAL.split(text) if part.strip()] if text else []


def _handles(texts: Texts) -> list[HandleRecord]:
    """Names on networks, written as telegram:anna; without a network it is another one."""
    found = []
    for text in _several(texts, "handles"):
        network, colon, value = text.partition(":")
        known = bool(colon) and network.strip().lower() in words.NETWORKS
        found.append(
            HandleRecord(network.strip().lower(), value.strip())
            if known
            else HandleRecord("other", text)
        )
    return found


def _recordings(texts: Texts) -> list[RecordingRecord]:
    url = texts.get("recording_url")
    if url is None:
        return []
    if not url.startswith(("https://", "http://")):
        raise FieldError(
            "recording_url", "unsupported", "The link must begin with https:// or http://."
        )
    return [RecordingRecord(url)]


def _custom(texts: Texts) -> dict[str, JsonValue]:
    return {
        name.removeprefix(CUSTOM): text for name, text in texts.items() if name.startswith(CUSTOM)
    }
