"""The filters of the dashboards that look at whole months: the month, and a team."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django import forms
from django.conf import settings
from django.http import QueryDict

from accounts.models import Team
from lib.slots import local_day
from reports import periods
from reports.forms import PlainChoice, WrongAddress
from reports.months import month_period, month_query
from reports.periods import Period

MONTHS_BACK = 13


class MonthForm(forms.Form):
    """One of the last thirteen months, this one without a choice; `teams` None asks for none."""

    month = PlainChoice(required=False)
    team = PlainChoice(required=False)

    def __init__(
        self,
        data: QueryDict,
        *,
        today: date,
        teams: Iterable[Team] | None = None,
        ignored: Iterable[str] = (),
    ) -> None:
        self.today = today
        given = {name: str(value) for name, value in data.items() if value and name not in ignored}
        super().__init__({"month": month_query(today), **given})
        months = periods.months_back(today, MONTHS_BACK)[::-1]
        self.fields["month"].choices = [  # type: ignore[attr-defined]
            (month_query(one), f"{one:%B %Y}") for one in months
        ]
        if teams is None:
            del self.fields["team"]
        else:
            self.fields["team"].choices = [  # type: ignore[attr-defined]
                ("", "Any team"),
                *((str(team.pk), team.name) for team in teams),
            ]
        self.asked = given

    def outdated(self) -> dict[str, str]:
        """Parameters that no form of this person could send now, and why."""
        found = {
            name: f"There is no filter named {name}."
            for name in sorted(self.asked)
            if name not in self.fields
        }
        return found | {name: f"There is no such {name}." for name in self.errors}

    def check(self) -> None:
        """Raises WrongAddress for what no form could send."""
        for sentence in self.outdated().values():
            raise WrongAddress(sentence)

    @property
    def period(self) -> Period:
        """The month, days after today left out."""
        return month_period(self.cleaned_data["month"]).until(self.today)

    @property
    def words(self) -> str:
        """What was chosen, as a line of text."""
        chosen = ((name, value) for name, value in self.cleaned_data.items() if value)
        return ", ".join(
            f"{self[name].label}: {self._words_of(name, value)}" for name, value in chosen
        )

    def _words_of(self, name: str, value: str) -> str:
        return str(dict(self.fields[name].choices)[value])  # type: ignore[attr-defined]

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """[start, end) of the whole month in the site's zone."""
        whole = month_period(self.cleaned_data["month"])
        return (
            local_day(whole.start, settings.TIME_ZONE)[0],
            local_day(whole.end, settings.TIME_ZONE)[1],
        )

    @property
    def team_key(self) -> int | None:
        chosen = self.cleaned_data.get("team")
        return int(chosen) if chosen else None
