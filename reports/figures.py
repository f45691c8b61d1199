"""The value of any definition over any slice, from facts; one way for pages, files and the API."""

from __future__ import annotations

from collections.abc import Sequence

from lib.sentences import said
from reports import kpis
from reports.definitions import REPEAT_WINDOWS, Definition
from reports.kpis import NOTHING, Measured, Share, VisitCounts
from reports.periods import INTRADAY
from reports.rollups import repeats
from reports.slices import OF_PEOPLE, OF_QUEUES, OF_VISITS, Slice
from reports.sums import Groups, Key, Reader, Sums

NO_STATES = said("No agent states here: import them to see occupancy.")
NOT_REPORTED = {
    "active": said("No leg here reports what the agent did for its contact alone."),
    "slot": said("No leg here reports for how many contacts the agent had room."),
}
NOT_WITHIN_DAYS = "Kept by day, not by hour or quarter hour."
NOT_BY_DISPOSITION = "Dispositions belong to handled interactions, not to visits or legs."
OWN_WITHIN_DAYS = (
    "Within a day, service level is kept for each queue’s own threshold: show it as sl3-tq-lte."
)
NO_FACTS = said(
    "Facts are kept for windows of 1, 7 and 30 days, by customer, by customer and queue, or by "
    "customer and disposition."
)
ON_BOARDS: dict[str, str] = {
    **dict.fromkeys(("qa", "cea"), said("Figures of evaluations stand on the quality board.")),
    **dict.fromkeys(
        ("csat", "nps", "ces", "rr", "fcr3"),
        said(
            "Each survey stands by itself on Customers’ voice; different surveys are never "
            "added up."
        ),
    ),
    "tc": said("Compliance is told as of a day, on the training board."),
}
"""Figures that other apps make, by key or name, which have no facts to be added up here."""
QUEUE_KEYS = ("sl", "asa", "ata", "pat", "ab", "vol", "wp")
QUALITY_KEYS = ("qa", "cea")
WORK_KEYS = ("hand", "aht", "tr", "fcr", "rep", "oc")
BY_DISPOSITION = ("hand1", "aht2", "tr1", "tr2")


def measure(definition: Definition, reader: Reader, by: Sequence[str] = ()) -> dict[Key, Measured]:
    """By group, `()` being the whole; groups without a fact are left out."""
    if on_board(definition):
        return {}
    if definition.key == "wp":
        return _percentiles(definition, reader, by)
    if definition.key in QUEUE_KEYS:
        return _of_visits(definition, reader, by)
    if definition.key in ("fcr", "rep"):
        cells = reader.repeats(rule_of(definition), by)
        return {key: _of_repeats(definition, sums) for key, sums in cells.items()}
    if definition.key == "aht":
        cells = reader.legs(by) if definition.variant == "1" else reader.handled(by)
        return {key: _handle_time(definition, sums) for key, sums in cells.items()}
    if definition.key == "hand":
        cells = reader.handled(by)
        return {key: _count(sums["handled"]) for key, sums in cells.items()}
    if definition.key == "tr":
        return _transfers(definition, reader, by)
    if definition.key == "oc":
        cells = reader.time(by)
        return {key: _occupancy(definition, sums) for key, sums in cells.items()}
    return {}


def value(definition: Definition, reader: Reader) -> Measured:
    """Of the whole slice; nothing where there are no facts."""
    return measure(definition, reader).get((), NOTHING)


def why_not(definition: Definition, piece: Slice) -> str:
    """A sentence why this figure cannot exist here; empty if it can."""
    if definition.key in QUEUE_KEYS and piece.of_queues() is None:
        return OF_QUEUES
    if definition.key in WORK_KEYS and piece.segment:
        return OF_VISITS
    if definition.key == "oc" and piece.of_time() is None:
        return OF_PEOPLE
    if definition.window_days is not None:
        rule = f"{definition.repeat_key}-{definition.scope}"
        is_kept = definition.window_days in REPEAT_WINDOWS and rule in repeats.KEYS
        return "" if is_kept else NO_FACTS
    return on_board(definition)


def on_board(definition: Definition) -> str:
    """A sentence where a figure that other apps make is told; empty for those of facts."""
    return ON_BOARDS.get(definition.name) or ON_BOARDS.get(definition.key, "")


def why_not_by(definition: Definition, by: str) -> str:
    """A sentence why this figure is not told by such groups; empty if it is."""
    if by in INTRADAY:
        if definition.key == "sl" and needs_waits(definition):
            return OWN_WITHIN_DAYS
        if definition.key not in QUEUE_KEYS or needs_waits(definition):
            return NOT_WITHIN_DAYS
    if by == "disposition" and (definition.name not in BY_DISPOSITION or definition.transfer):
        return NOT_BY_DISPOSITION
    return ""


def why_nothing(definition: Definition, measured: Measured) -> str:
    """A sentence what is missing for a figure that could exist here; empty if nothing is."""
    if measured.n:
        return ""
    return NO_STATES if definition.key == "oc" else NOT_REPORTED.get(definition.basis, "")


def rule_of(definition: Definition) -> str:
    return f"w{definition.window_days}-{definition.repeat_key}-{definition.scope}"


# --- Visits --------------------------------------------------------------------------------------


def _of_visits(definition: Definition, reader: Reader, by: Sequence[str]) -> dict[Key, Measured]:
    cells = reader.visits(by)
    extra: Groups = {}
    if needs_waits(definition):
        extra = reader.within(definition, by)
    return {key: _visit_value(definition, sums, extra.get(key)) for key, sums in cells.items()}


def needs_waits(definition: Definition) -> bool:
    """Whether single waits decide: a threshold, or a length of short abandons, of its own."""
    if definition.short is not None or definition.key == "wp":
        return True
    return definition.key == "sl" and not definition.has_own_threshold


def _visit_value(definition: Definition, sums: Sums, waits: Sums | None) -> Measured:
    if definition.key == "sl":
        share = kpis.service_level(visit_counts(definition, sums, waits), definition)
        return kpis.share_of(share.numerator, share.denominator)
    if definition.key == "ab":
        share = abandonment(definition, sums, (waits or {}).get("short", 0))
        return kpis.share_of(share.numerator, share.denominator)
    if definition.key == "vol":
        return _count(sums["answered"] + sums["abandoned"] + sums["flowed_out"])
    return _wait_mean(definition, sums)


def _count(n: int) -> Measured:
    return Measured(n, n, 1, n)


def visit_counts(definition: Definition, sums: Sums, waits: Sums | None) -> VisitCounts:
    """Only visits whose wait is known can be in time or late."""
    waits = waits or {}
    within = sums if definition.has_own_threshold else waits
    short, abandoned_within = waits.get("short", 0), within.get("abandoned_within", 0)
    union = max(short, abandoned_within)
    if not definition.has_own_threshold:
        union = waits.get("short_or_within", 0)
    return VisitCounts(
        answered=sums["answered_timed"],
        abandoned=sums["abandoned_timed"],
        flowed_out=sums["flowed_out_timed"],
        answered_within=within.get("answered_within", 0),
        abandoned_within=abandoned_within,
        callbacks_within=within.get("callbacks_within", 0),
        short=short,
        short_or_within=union,
    )


def abandonment(definition: Definition, sums: Sums, short: int) -> Share:
    everyone = sums["answered"] + sums["abandoned"]
    if definition.variant != "3":
        everyone += sums["flowed_out"]
    if definition.variant == "2":
        return Share(sums["abandoned"] - short, everyone - short)
    return Share(sums["abandoned"], everyone)


def _wait_mean(definition: Definition, sums: Sums) -> Measured:
    everyone = sums["wait_answered"] + sums["wait_abandoned"] + sums["wait_flowed_out"]
    n_everyone = sums["answered_timed"] + sums["abandoned_timed"] + sums["flowed_out_timed"]
    squares = sums["wait_answered_squares"]
    if definition.name == "asa1":
        return kpis.mean_of(sums["wait_answered"], sums["answered_timed"], squares)
    if definition.name == "asa2":
        return kpis.mean_of(sums["wait_answered"], sums["delayed"], squares)
    if definition.name == "asa3":
        return kpis.mean_of(everyone, n_everyone)
    if definition.name == "ata1":
        return kpis.mean_of(sums["wait_abandoned"], sums["abandoned_timed"])
    return kpis.mean_of(everyone, sums["abandoned_timed"])


def _percentiles(definition: Definition, reader: Reader, by: Sequence[str]) -> dict[Key, Measured]:
    counts: dict[Key, dict[int, int]] = {}
    for key, sums in reader.waits(by).items():
        counts.setdefault(key[:-1], {})[key[-1]] = sums["visits"]
    found = {}
    for key, waits in counts.items():
        n = sum(waits.values())
        seconds = kpis.wait_percentile(waits, definition.percent or 0)
        found[key] = Measured(seconds, seconds or 0, 1, n)
    return found


# --- What people did -----------------------------------------------------------------------------


def _handle_time(definition: Definition, sums: Sums) -> Measured:
    n, total, squares = _handle_sums(definition, sums)
    return kpis.mean_of(total, n, squares)


def _handle_sums(definition: Definition, sums: Sums) -> tuple[int, float, float]:
    """(n, sum, sum of squares), in seconds."""
    if definition.basis == "active":
        return sums["active_timed"], sums["active"], sums["active_squares"]
    if definition.basis == "slot":
        return sums["slot_timed"], sums["slot_hundredths"] / 100, sums["slot_squares"] / 10_000
    parts = ("handle",) if definition.variant == "2" else ("talk", "hold", "wrap")
    return sums["timed"], sum(sums[part] for part in parts), sums["handle_squares"]


def _transfers(definition: Definition, reader: Reader, by: Sequence[str]) -> dict[Key, Measured]:
    """Of interactions; about people, of their own legs: who gave the call away."""
    handled = reader.handled(by)
    is_of_givers = "disposition" not in by and (reader.slice.is_about_people or "agent" in by)
    if not definition.transfer and not is_of_givers:
        return {
            key: _transfer_value(
                definition,
                sums["with_transfer"] if definition.variant == "1" else sums["transfers"],
                sums["handled"],
            )
            for key, sums in handled.items()
        }
    kinds = [f"{definition.transfer}"] if definition.transfer in ("blind", "attended") else []
    names = kinds or (["to_queue"] if definition.transfer else ["blind", "attended", "to_queue"])
    return {
        key: _transfer_value(definition, sum(sums[name] for name in names), sums["legs"])
        for key, sums in reader.legs(by).items()
    }


def _transfer_value(definition: Definition, count: int, of: int) -> Measured:
    if definition.variant == "1":
        return kpis.share_of(min(count, of), of)
    return kpis.mean_of(count, of)


def _occupancy(definition: Definition, sums: Sums) -> Measured:
    """Of times; n is how many days of an agent are known. No interval: seconds are no sample."""
    share = kpis.occupancy(sums["handling"], sums["available"])
    if definition.variant == "2":
        share = Share(sums["load"], sums["slot_seconds"])
    n = sums["days"] if share.denominator else 0
    return Measured(share.percent, share.numerator, share.denominator, n)


def _of_repeats(definition: Definition, sums: Sums) -> Measured:
    if definition.key == "rep":
        return kpis.share_of(sums["repeats"], sums["contacts"])
    net = "net_" if definition.variant == "2" else ""
    eligible = sums[f"{net}eligible"]
    return kpis.share_of(eligible - sums[f"{net}repeated"], eligible)


def change(definition: Definition, now: Reader, before: Reader) -> kpis.Change | None:
    """This slice minus another, with its interval where one belongs to it."""
    one, other = value(definition, now), value(definition, before)
    if one.value is None or other.value is None:
        return None
    if definition.is_share:
        return kpis.share_change(one, other)
    sums = mean_sums(definition, now), mean_sums(definition, before)
    if sums[0] and sums[1]:
        return kpis.mean_change(sums[0], sums[1])
    return kpis.Change(one.value - other.value)


def mean_sums(definition: Definition, reader: Reader) -> tuple[int, float, float] | None:
    """(n, sum, sum of squares) of a mean whose spread is known."""
    if definition.name in ("asa1", "asa2"):
        sums = reader.visits().get(())
        count = "answered_timed" if definition.name == "asa1" else "delayed"
        if sums:
            return sums[count], sums["wait_answered"], sums["wait_answered_squares"]
    if definition.key == "aht":
        cells = reader.legs() if definition.variant == "1" else reader.handled()
        sums = cells.get(())
        if sums:
            return _handle_sums(definition, sums)
    return None
