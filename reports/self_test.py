"""The worked examples of docs/algorithms/kpis.md, computed anew whenever somebody looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from crm import repeats
from lib import statistics
from lib.sentences import said
from reports import anomalies, kpis, periods, risk
from reports.agent_time import Stint, agent_time
from reports.anomalies import Day
from reports.definitions import Definition
from reports.kinds import SERVICE_LEVELS
from reports.kpis import VisitCounts

TOLERANCE = 1e-4
Value = float | int | str | None
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
ANSWERED = (0, 3, 20, 20, 21, 45)
ABANDONED = (2, 5, 20, 60)
CALLBACKS = (20, 30)
FLOWED_OUT = (10, *CALLBACKS)
WEEKS = (
    (200, 210, 190, 205, 180, 60, 40),
    (220, 215, 200, 195, 170, 66, 35),
    (210, 205, 180, 215, 190, 58, 44),
    (190, 225, 195, 200, 185, 64, 38),
)


@dataclass(frozen=True)
class Example:
    name: str
    what: str
    expected: Sequence[Value]
    compute: Callable[[], Sequence[Value]]

    def result(self) -> tuple[Sequence[Value], bool]:
        """(what came out, whether it is what was expected)."""
        got = self.compute()
        same = len(got) == len(self.expected) and all(map(_same, got, self.expected))
        return got, same


def _same(got: Value, expected: Value) -> bool:
    if isinstance(got, str) or isinstance(expected, str) or got is None or expected is None:
        return got == expected
    return abs(got - expected) <= TOLERANCE


def failures() -> list[str]:
    """The names of the examples that no longer come out as printed."""
    return [example.name for example in EXAMPLES if not example.result()[1]]


# --- The examples --------------------------------------------------------------------------------


def levels(counts: VisitCounts) -> list[Value]:
    return [
        kpis.service_level(counts, Definition("sl", variant, switches=switches)).percent
        for variant, switches in SERVICE_LEVELS.items()
    ]


def visits(threshold: int, short: int, *, strictly: bool) -> VisitCounts:
    def within(waits: Sequence[int]) -> int:
        return sum(wait < threshold if strictly else wait <= threshold for wait in waits)

    return VisitCounts(
        answered=len(ANSWERED),
        abandoned=len(ABANDONED),
        flowed_out=len(FLOWED_OUT),
        answered_within=within(ANSWERED),
        abandoned_within=within(ABANDONED),
        callbacks_within=within(CALLBACKS),
        short=sum(wait <= short for wait in ABANDONED),
    )


def no_data() -> list[Value]:
    both = kpis.Share(12, 15) + kpis.Share(40, 85)
    return [*levels(VisitCounts()), both.percent]


def waits() -> list[Value]:
    everyone = sum(ANSWERED) + sum(ABANDONED) + sum(FLOWED_OUT)
    n = len(ANSWERED) + len(ABANDONED) + len(FLOWED_OUT)
    return [
        kpis.mean_seconds(sum(ANSWERED), len(ANSWERED)),
        kpis.mean_seconds(sum(ANSWERED), sum(wait > 0 for wait in ANSWERED)),
        kpis.mean_seconds(everyone, n),
        kpis.mean_seconds(sum(ABANDONED), len(ABANDONED)),
        kpis.Share(len(ABANDONED), n).percent,
        kpis.Share(len(ABANDONED) - 2, n - 2).percent,
        kpis.Share(len(ABANDONED), len(ANSWERED) + len(ABANDONED)).percent,
    ]


def percentiles() -> list[Value]:
    counts = Counter((0, 0, 3, 8, 20, 21, 45, 60, 90, 300))
    return [kpis.wait_percentile(counts, percent) for percent in (50, 80, 90, 95)]


def handle_times() -> list[Value]:
    legs = ((240, 20, 40), (90, 0, 10))
    total = sum(map(sum, legs))
    return [
        kpis.mean_seconds(total, len(legs)),
        kpis.mean_seconds(total, 1),
        kpis.Share(6, 50).percent,
        9 / 50,
    ]


def occupancy() -> list[Value]:
    def at(clock: str) -> int:
        hours, minutes = clock.split(":")
        return int(hours) * 3600 + int(minutes) * 60

    chats = [(at("10:00"), at("10:12")), (at("10:06"), at("10:21"))]
    stint = Stint("available", at("10:00"), at("10:30"), slots=3)
    found = agent_time([stint], chats, at("10:00"), at("10:30"))
    wrap = [Stint("wrap_up", at("09:10"), at("09:20"))]
    return [
        kpis.occupancy(found.handling, found.available).percent,
        kpis.Share(found.load, found.slot_seconds).percent,
        agent_time(wrap, [], at("09:00"), at("09:15")).handling,
        agent_time(wrap, [], at("09:15"), at("09:30")).handling,
    ]


def intervals() -> list[Value]:
    found: list[Value] = []
    for numerator, denominator in ((160, 200), (20, 20), (0, 8)):
        measured = kpis.share_of(numerator, denominator)
        found += [measured.low, measured.high]
    return found


def changes() -> list[Value]:
    found: list[Value] = []
    for now, before in (((170, 200), (150, 200)), ((46, 50), (172, 215))):
        change = kpis.share_change(kpis.share_of(*now), kpis.share_of(*before))
        assert change is not None
        found += [change.difference, change.low, change.high, str(change.is_clear)]
    return found


def sums(values: Sequence[float]) -> tuple[int, float, float]:
    return len(values), sum(values), sum(value * value for value in values)


def mean_changes() -> list[Value]:
    now = sums((300, 420, 180, 240, 600, 360))
    before = sums((280, 310, 150, 200, 420, 330, 260))
    found: list[Value] = []
    for n, total, squares in (now, before):
        found += [total / n, *(kpis.mean_interval(n, total, squares) or ())]
    change = kpis.mean_change(now, before)
    assert change is not None
    return [*found, change.difference, change.low, change.high, str(change.is_clear)]


def quality_mean() -> list[Value]:
    n, total, squares = sums((84, 91.5, 77, 88, 95, 69.5, 90, 82))
    found = statistics.t_interval(total / n, kpis.deviation(n, total, squares), n)
    return [total / n, *(found or ())]


def resolutions() -> list[Value]:
    days = {"p": (0, 3, 10), "q": (2, 9), "r": (5,), "s": (22, 25), "t": (29,)}
    contacts = [
        repeats.Contact(key, EPOCH + timedelta(days=day)) for key in days for day in days[key]
    ]
    window = 7 * 86_400
    found = repeats.resolution(contacts, window, EPOCH, EPOCH + timedelta(days=30))
    gross = kpis.Share(found.gross.eligible - found.gross.repeated, found.gross.eligible)
    net = kpis.Share(found.net.eligible - found.net.repeated, found.net.eligible)
    again = sum(link.repeat_of is not None for link in repeats.chains(contacts, window))
    return [
        *(found.gross.eligible, found.gross.repeated, gross.percent),
        *(found.net.eligible, found.net.repeated, net.percent),
        again / len(contacts),
    ]


def compliant() -> list[Value]:
    states = {
        "compliant": 30,
        "due_soon": 4,
        "in_grace": 1,
        "waived": 2,
        "expired": 2,
        "overdue": 6,
        "pending": 5,
        "not_applicable": 10,
    }
    return [kpis.compliance(states).percent]


def verdicts() -> list[Value]:
    cases: tuple[tuple[float, float | None, float | None, int], ...] = (
        (82, 80.5, 83.4, 900),
        (82, 73.9, 88.1, 100),
        (71, 67.9, 73.8, 1000),
        (66, 63, 68.9, 1000),
        (95, None, None, 12),
    )
    return [kpis.verdict(*case, 80, 70, "higher", 30) for case in cases]


def totals() -> list[Value]:
    work = kpis.mean_part([kpis.attainment(74, 60, 80), kpis.attainment(330, 420, 300)])
    parts = [
        work,
        kpis.attainment(88, 70, 90),
        None,
        kpis.attainment(100, 80, 100),
        kpis.attainment(5, 0, 4),
    ]
    return [
        *(part for part in parts if part is not None),
        kpis.total(parts, (30, 30, 20, 10, 10)),
    ]


def shown() -> list[Value]:
    return [
        kpis.show(79.96, "percent", 80),
        kpis.show(79.96, "percent"),
        kpis.show(80.0, "percent", 80),
        kpis.show(40.7743, "seconds"),
        kpis.show(350, "seconds"),
        kpis.show(3910, "seconds"),
        kpis.show(None, "percent"),
    ]


def earlier_periods() -> list[Value]:
    spans = (
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2026, 10, 12), date(2026, 10, 18)),
        (date(2026, 10, 3), date(2026, 10, 12)),
    )
    found: list[Value] = []
    for start, end in spans:
        before = periods.previous(start, end, "previous")
        found.append(" ".join(on.isoformat() for on in before))
    return [
        *found,
        periods.quarter_hours(date(2026, 3, 29), "Europe/Berlin"),
        periods.quarter_hours(date(2026, 10, 25), "Europe/Berlin"),
    ]


def unusual_day() -> list[Value]:
    weeks = [[Day(value) for value in week] for week in WEEKS]
    found = anomalies.judge("count", weeks, 300)
    flag = "flag" if found.is_outside else "no flag"
    return [found.middle, found.spread, found.z, round(found.low, 2), round(found.high, 2), flag]


def risks() -> list[Value]:
    today = date(2026, 6, 1)

    def facts(**ages: Sequence[int]) -> list[risk.Fact]:
        return [risk.Fact(rule, today - timedelta(days=age)) for rule in ages for age in ages[rule]]

    first = risk.risk(facts(R1=[18], R2=[1, 2, 3], R5=[45]), risk.RULES, today)
    second = risk.risk(facts(R2=[1] * 5, R3=[2] * 4, R4=[0] * 3, R8=[0]), risk.RULES, today)
    return [first.score, first.band, second.score, second.band]


EXAMPLES = (
    Example(
        "V1",
        said("All eight service levels of 900 answered, 80 abandoned, 20 flowed out"),
        (74.4898, 77.7778, 71.4286, 73.6842, 72.6531, 72.3140, 73.6, 70.0),
        lambda: levels(VisitCounts(900, 80, 20, 700, 30, 6, 12)),
    ),
    Example(
        "V2",
        said("The same from single waits, up to 20 s"),
        (70, 66.6667, 40, 57.1429, 60, 50, 61.5385, 30.7692),
        lambda: levels(visits(20, 5, strictly=False)),
    ),
    Example(
        "V3",
        said("The same, under 20 s"),
        (40, 33.3333, 20, 25, 40, 25, 30.7692, 15.3846),
        lambda: levels(visits(20, 5, strictly=True)),
    ),
    Example("V4", said("No data, and two intervals together"), (*[None] * 8, 52.0), no_data),
    Example(
        "V5",
        said("Waits and abandonment"),
        (18.1667, 21.8, 19.6923, 21.75, 30.7692, 18.1818, 40.0),
        waits,
    ),
    Example("V6", said("Percentiles of ten waits"), (20, 60, 90, 300), percentiles),
    Example("V7", said("Handle time and transfers"), (200, 400, 12.0, 0.18), handle_times),
    Example(
        "V8",
        said("Occupancy, slot load, wrap-up over two intervals"),
        (70, 30, 300, 300),
        occupancy,
    ),
    Example(
        "V9",
        said("Intervals of shares"),
        (73.9145, 84.9548, 83.8875, 100, 0, 32.4408),
        intervals,
    ),
    Example(
        "V10",
        said("Differences of shares"),
        (10.0, 2.1525, 17.7312, "True", 12.0, 0.1468, 19.5976, "True"),
        changes,
    ),
    Example(
        "V11",
        said("Two means and their difference"),
        (
            350,
            193.6376,
            506.3624,
            278.5714,
            196.9911,
            360.1518,
            71.4286,
            -89.0111,
            231.8682,
            "False",
        ),
        mean_changes,
    ),
    Example("V12", said("A mean of scores"), (84.625, 77.6348, 91.6152), quality_mean),
    Example(
        "V13",
        said("Contacts resolved at first"),
        (7, 2, 71.4286, 3, 1, 66.6667, 0.2222),
        resolutions,
    ),
    Example("V15", said("Compliance"), (82.2222,), compliant),
    Example(
        "V17",
        said("Verdicts against target 80 and limit 70"),
        ("met", "not_clear", "missed", "critical", "too_few"),
        verdicts,
    ),
    Example("V18", said("A scorecard's parts and total"), (72.5, 90, 100, 100, 85.9), totals),
    Example(
        "V19",
        said("Numbers as they are shown"),
        ("79.96 %", "80.0 %", "80.0 %", "40.8 s", "5:50", "1:05:10", "n/a"),
        shown,
    ),
    Example(
        "V20",
        said("Periods before, and quarter hours of days on which the clock moves"),
        ("2026-02-01 2026-02-28", "2026-10-05 2026-10-11", "2026-09-23 2026-10-02", 92, 100),
        earlier_periods,
    ),
    Example(
        "V21",
        said("300 visits on a day like this"),
        (28.6597, 1.0346, 5.8021, 156.36, 260.14, "flag"),
        unusual_day,
    ),
    Example("V22", said("Risk of two customers"), (58, "medium", 89, "high"), risks),
)
