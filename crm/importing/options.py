"""What the person who imports chose, beside the column mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Literal, Self, get_args
from zoneinfo import available_timezones

from phonenumbers import SUPPORTED_REGIONS

from crm.readers.base import ReaderOptions

MissingPeople = Literal["fail", "unlinked", "create"]
MissingCustomers = Literal["create", "unlinked"]
OnMatch = Literal["update", "skip", "fail"]
MATCH_KEYS = ("external_id", "phone", "email", "handle")


def is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class BadOption(ValueError):
    """An option has a value that is not on offer; the text is a sentence."""


@dataclass(frozen=True)
class ImportOptions:
    """What to do with agents, queues and customers that Attune does not know, and how to read.

    `agent_team` names a team that agents made by the run join; "" for none. In an import of
    customers `match_by` lists, in their order and with spaces between them, the keys by which a row
    finds its customer, `on_match` says what to do then, and `empty_clears` whether an empty cell
    empties the field.
    """

    zone: str = ""
    encoding: str = ""
    phone_region: str = ""
    default_on: str = ""
    delimiter: str = ""
    sheet: str = ""
    missing_agents: MissingPeople = "fail"
    missing_queues: MissingPeople = "create"
    missing_customers: MissingCustomers = "create"
    agent_team: str = ""
    match_by: str = " ".join(MATCH_KEYS)
    on_match: OnMatch = "update"
    empty_clears: bool = False

    @property
    def match_keys(self) -> list[str]:
        return self.match_by.split()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote; unknown names are left out."""
        known = {field.name for field in fields(cls)}
        options = cls(**{name: value for name, value in stored.items() if name in known})
        options.check()
        return options

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def check(self) -> None:
        for name, choices in (
            ("missing_agents", get_args(MissingPeople)),
            ("missing_queues", get_args(MissingPeople)),
            ("missing_customers", get_args(MissingCustomers)),
            ("on_match", get_args(OnMatch)),
        ):
            value = getattr(self, name)
            if value not in choices:
                raise BadOption(f'"{value}" is not a choice for {name}: {", ".join(choices)}.')
        if not self.match_keys or not set(self.match_keys) <= set(MATCH_KEYS):
            raise BadOption(f"Customers are found by some of {', '.join(MATCH_KEYS)}.")
        if self.zone and self.zone not in available_timezones():
            raise BadOption(f'"{self.zone}" is no IANA time zone such as Europe/Berlin.')
        if self.phone_region and self.phone_region not in SUPPORTED_REGIONS:
            raise BadOption(f'"{self.phone_region}" is no country code such as DE or US.')
        if self.default_on and not is_date(self.default_on):
            raise BadOption(f'"{self.default_on}" is no date such as 2026-03-16.')

    def for_reader(
        self, *, source: str, file_name: str, mapping: Mapping[str, Any], now: datetime
    ) -> ReaderOptions:
        options = ReaderOptions(
            source=source,
            encoding=self.encoding,
            phone_region=self.phone_region,
            file_name=file_name,
            mapping=mapping,
            default_on=date.fromisoformat(self.default_on) if self.default_on else None,
            now=now,
            settings={"delimiter": self.delimiter, "sheet": self.sheet},
        )
        return replace(options, zone=self.zone) if self.zone else options
