"""Repeat contacts and first-contact resolution; told in docs/algorithms/repeat-contacts.md."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Contact:
    """A handled inbound contact: who (and why, if the rule asks), and when it started."""

    key: Hashable
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """The place of a contact in its chain; `repeat_of` is the index of the one before, or None."""

    repeat_of: int | None
    position: int


@dataclass(frozen=True, slots=True)
class Share:
    """Contacts resolved at first, of those that could be judged."""

    eligible: int
    repeated: int

    @property
    def percent(self) -> Decimal | None:
        """0-100 with two decimals, half up; None, not measurable, if nothing could be judged."""
        if not self.eligible:
            return None
        resolved = Decimal(100 * (self.eligible - self.repeated)) / self.eligible
        return resolved.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Resolution:
    """`gross` counts every contact whose window is over, `net` only first ones of a chain."""

    gross: Share
    net: Share


def resolution(
    contacts: Sequence[Contact], window_seconds: int, data_from: datetime, data_until: datetime
) -> Resolution:
    """First-contact resolution of `contacts`, in any order, out of data of [from, until).

    A contact can be judged once its window lies inside the data. It is repeated if the next contact
    of its key starts less than the window later.
    """
    window = timedelta(seconds=window_seconds)
    links = chains(contacts, window_seconds)
    repeated = {link.repeat_of for link in links}
    eligible = [n for n, each in enumerate(contacts) if each.started_at + window <= data_until]
    first = [
        n
        for n in eligible
        if links[n].repeat_of is None and contacts[n].started_at - window >= data_from
    ]
    return Resolution(
        gross=Share(len(eligible), sum(n in repeated for n in eligible)),
        net=Share(len(first), sum(n in repeated for n in first)),
    )


def chains(contacts: Sequence[Contact], window_seconds: int) -> list[Link]:
    """Link each contact to the one of its key before it, if that is less than the window ago.

    The result stands in the order of `contacts`; at one instant the earlier in the list is first.
    """
    window = timedelta(seconds=window_seconds)
    latest: dict[Hashable, int] = {}
    links = [Link(None, 1)] * len(contacts)
    for n in sorted(range(len(contacts)), key=lambda n: contacts[n].started_at):
        before = latest.get(contacts[n].key)
        if before is not None:
            gap = contacts[n].started_at - contacts[before].started_at
            if gap < window:
                links[n] = Link(before, links[before].position + 1)
        latest[contacts[n].key] = n
    return links
