"""Every KPI by its slug: what it counts, in words and as parameters; docs/algorithms/kpis.md.

A slug such as `sl3-t20-lte` is built from its parts and read back into them, so a number that
carries its slug can be computed again by anyone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lib.sentences import said, say_now
from reports.kinds import KINDS, KNOWN_AS, PERCENT, RATIO, SERVICE_LEVELS, Kind, Switches

OWN = "q"  # Each queue's own threshold.
LONGEST_THRESHOLD = 604_800
LONGEST_STRICT = 600
MINUTES_FROM, HOURS_FROM = 600, 86_400
LONGEST_SHORT = 60
LONGEST_WINDOW = 90


class UnknownDefinition(LookupError):
    """No KPI has this slug."""

    def __str__(self) -> str:
        return said("No such definition.")


class BadParameter(ValueError):
    """A parameter of a definition lies outside its limits; the text names the limit."""


REPEAT_KEYS = ("customer", "disposition", "queue")
SCOPES = ("any", "same")
TRANSFER_KINDS = ("blind", "attended", "queue")
BASES = {"active": said("active time"), "slot": said("share of a slot")}
PARTS = {
    "customer": said("by customer"),
    "disposition": said("by disposition"),
    "queue": said("by queue"),
    "any": said("any channel"),
    "same": said("same channel"),
}
TRANSFERS = {
    "blind": said("blind"),
    "attended": said("attended"),
    "queue": said("queue transfer"),
}
FAMILIES = {
    "customer": said("critical to the customer"),
    "business": said("critical to the business"),
    "compliance": said("critical to compliance"),
}
_NUMBER = "(0|[1-9][0-9]*)"
_PATTERNS = {
    "sl": re.compile(
        rf"(?P<key>sl)(?:(?P<variant>[1-8])|c-(?P<in>none|short|within)-"
        rf"(?P<out>none|short|within|both|all)-(?P<flow>flow|own))"
        rf"-t(?P<threshold>{_NUMBER}|q)-(?P<comparator>lte|lt)(?:-s(?P<short>{_NUMBER}))?"
    ),
    "asa": re.compile("(?P<key>asa)(?P<variant>[1-3])"),
    "ata": re.compile("(?P<key>ata)(?P<variant>1)"),
    "pat": re.compile("(?P<key>pat)(?P<variant>1)"),
    "wp": re.compile("(?P<key>wp)(?P<percent>[1-9][0-9]?)"),
    "ab": re.compile(rf"(?P<key>ab)(?P<variant>[1-3])(?:-s(?P<short>{_NUMBER}))?"),
    "aht": re.compile("(?P<key>aht)(?P<variant>[12])(?:-(?P<basis>active|slot))?"),
    "fcr": re.compile(
        rf"(?P<key>fcr)(?P<variant>[12])-w(?P<window>{_NUMBER})"
        rf"-(?P<repeat_key>{'|'.join(REPEAT_KEYS)})-(?P<scope>any|same)"
    ),
    "fcr3": re.compile("(?P<key>fcr)(?P<variant>3)"),
    "rep": re.compile(
        rf"(?P<key>rep)(?P<variant>1)-w(?P<window>{_NUMBER})"
        rf"-(?P<repeat_key>{'|'.join(REPEAT_KEYS)})-(?P<scope>any|same)"
    ),
    "tr": re.compile("(?P<key>tr)(?P<variant>[12])(?:-(?P<transfer>blind|attended|queue))?"),
    "oc": re.compile("(?P<key>oc)(?P<variant>[12])"),
    "vol": re.compile("(?P<key>vol)(?P<variant>1)"),
    "hand": re.compile("(?P<key>hand)(?P<variant>1)"),
    "csat": re.compile("(?P<key>csat)(?P<variant>1)"),
    "nps": re.compile("(?P<key>nps)(?P<variant>1)"),
    "ces": re.compile("(?P<key>ces)(?P<variant>1)"),
    "rr": re.compile("(?P<key>rr)(?P<variant>[1-6])"),
    "qa": re.compile("(?P<key>qa)(?P<variant>[12])"),
    "cea": re.compile(f"(?P<key>cea)(?P<variant>1)-(?P<family>{'|'.join(FAMILIES)})"),
    "tc": re.compile("(?P<key>tc)(?P<variant>1)"),
}


@dataclass(frozen=True)
class Definition:
    """One way to count one KPI; parts that its formula does not use are None or empty."""

    key: str
    variant: str = ""
    threshold: int | None = None
    has_own_threshold: bool = False
    comparator: str = ""
    short: int | None = None
    switches: Switches | None = None
    percent: int | None = None
    window_days: int | None = None
    repeat_key: str = ""
    scope: str = ""
    transfer: str = ""
    family: str = ""
    basis: str = ""

    @property
    def kind(self) -> Kind:
        return KINDS[self.key]

    @property
    def name(self) -> str:
        """Key and variant, such as sl3."""
        return f"{self.key}{self.variant}"

    @property
    def slug(self) -> str:
        parts = [self.name]
        if self.key == "sl":
            if self.variant == "c":
                assert self.switches
                flow = "flow" if self.switches.flow else "own"
                parts += [self.switches.numerator, self.switches.left_out, flow]
            parts += [f"t{OWN if self.has_own_threshold else self.threshold}", self.comparator]
        if self.short is not None:
            parts.append(f"s{self.short}")
        if self.key == "wp":
            parts = [f"wp{self.percent}"]
        if self.window_days is not None:
            parts += [f"w{self.window_days}", self.repeat_key, self.scope]
        parts += [part for part in (self.transfer, self.family, self.basis) if part]
        return "-".join(parts)

    @property
    def unit(self) -> str:
        if self.name == "tr2":
            return RATIO
        return PERCENT if self.name == "qa2" else self.kind.unit

    @property
    def is_share(self) -> bool:
        """Whether the value is k of n, so that an interval of a share belongs to it."""
        return (self.kind.is_share and self.name != "tr2") or self.name == "qa2"

    @property
    def formula(self) -> tuple[str, str]:
        """(numerator, denominator) in words."""
        if self.variant == "c":
            return custom_words(self.switches)
        formulas = self.kind.formulas
        return formulas.get(self.slug) or formulas.get(self.name) or next(iter(formulas.values()))

    @property
    def known_as(self) -> str:
        return KNOWN_AS.get(self.name, "")

    @property
    def label(self) -> str:
        """What stands beside a number: title and what sets this definition apart."""
        told, title = [*self._told()], say_now(self.kind.title)
        return f"{title} ({', '.join(told)})" if told else title

    def _told(self) -> list[str]:
        told = []
        if self.key == "sl":
            told.append(self._threshold_told())
        if self.short is not None:
            told.append(say_now("short ≤ {seconds} s", seconds=self.short))
        if self.window_days is not None:
            days = self.window_days
            told.append(say_now("1 day") if days == 1 else say_now("{days} days", days=days))
            told += [say_now(PARTS[self.repeat_key]), say_now(PARTS[self.scope])]
        if self.name == "fcr3":
            told.append(say_now("as customers say"))
        if self.percent is not None:
            told.append(f"{self.percent} %")
        parts = (TRANSFERS.get(self.transfer), FAMILIES.get(self.family), BASES.get(self.basis))
        return told + [say_now(part) for part in parts if part]

    def _threshold_told(self) -> str:
        if self.has_own_threshold:
            return say_now("each queue’s own threshold")
        if self.comparator == "lte":
            return say_now("within {seconds} s", seconds=self.threshold)
        return say_now("under {seconds} s", seconds=self.threshold)


def custom_words(switches: Switches | None) -> tuple[str, str]:
    assert switches
    answered = {
        "none": said("answered in time"),
        "short": said("answered in time + short abandons"),
        "within": said("answered in time + abandoned in time"),
    }[switches.numerator]
    left = {
        "none": said("answered + abandoned"),
        "short": said("answered + abandoned − short abandons"),
        "within": said("answered + abandoned − abandoned in time"),
        "both": said("answered + abandoned − abandons that are short or in time"),
        "all": said("answered visits"),
    }[switches.left_out]
    if not switches.flow:
        return answered, left
    return answered, say_now("{sum} + flowed out", sum=say_now(left))


def parse(slug: str) -> Definition:
    """The definition of a slug; raises UnknownDefinition, and BadParameter outside the limits."""
    for pattern in _PATTERNS.values():
        match = pattern.fullmatch(slug)
        if match and len(slug) <= 80:
            return checked(_of(match.groupdict()))
    raise UnknownDefinition(slug)


def _of(parts: dict[str, str | None]) -> Definition:
    def whole(name: str) -> int | None:
        return int(parts[name] or 0) if parts.get(name) else None

    own = parts.get("threshold") == OWN
    return Definition(
        key=parts["key"] or "",
        variant=parts.get("variant") or ("c" if parts.get("in") else ""),
        threshold=None if own else whole("threshold"),
        has_own_threshold=own,
        comparator=parts.get("comparator") or "",
        short=whole("short"),
        switches=_switches(parts) if parts["key"] == "sl" else None,
        percent=whole("percent"),
        window_days=whole("window"),
        repeat_key=parts.get("repeat_key") or "",
        scope=parts.get("scope") or "",
        transfer=parts.get("transfer") or "",
        family=parts.get("family") or "",
        basis=parts.get("basis") or "",
    )


def _switches(parts: dict[str, str | None]) -> Switches:
    if parts["variant"]:
        return SERVICE_LEVELS[parts["variant"]]
    return Switches(parts["in"] or "", parts["out"] or "", parts["flow"] == "flow")


def checked(definition: Definition) -> Definition:
    """The same definition; raises BadParameter with a sentence that names the limit."""
    _check_threshold(definition)
    _check_short(definition)
    window = definition.window_days
    if window is not None and not 1 <= window <= LONGEST_WINDOW:
        raise BadParameter(said("A window has 1 to {most} days.", most=LONGEST_WINDOW))
    return definition


def _check_threshold(definition: Definition) -> None:
    t, is_strict = definition.threshold, definition.comparator == "lt"
    if definition.has_own_threshold and is_strict:
        raise BadParameter(said("Each queue’s own threshold counts waits up to it: use lte."))
    if t is None:
        return
    if t > LONGEST_THRESHOLD:
        raise BadParameter(
            said("A threshold has at most {most:,} seconds (7 days).", most=LONGEST_THRESHOLD)
        )
    if is_strict and not 1 <= t <= LONGEST_STRICT:
        raise BadParameter(
            said("lt takes a threshold of 1 to {most} seconds.", most=LONGEST_STRICT)
        )
    if t > HOURS_FROM and t % 3600:
        raise BadParameter(said("Above a day, a threshold is in whole hours."))
    if t > MINUTES_FROM and t % 60:
        raise BadParameter(
            said("Above {seconds} seconds, a threshold is in whole minutes.", seconds=MINUTES_FROM)
        )


def _check_short(definition: Definition) -> None:
    s = definition.short
    uses = definition.name == "ab2" or bool(definition.switches and definition.switches.uses_short)
    if uses and s is None:
        raise BadParameter(said("This formula needs a length of short abandons, such as -s5."))
    if not uses and s is not None:
        raise BadParameter(said("This formula does not use short abandons: leave out -s."))
    if s is not None and s > LONGEST_SHORT:
        raise BadParameter(
            said("A short abandon waited at most {most} seconds.", most=LONGEST_SHORT)
        )
    if s is not None and definition.threshold is not None and s > definition.threshold:
        raise BadParameter(said("A short abandon is not longer than the threshold."))


def all_service_levels(of: Definition, short: int = 5) -> list[Definition]:
    """SL1 to SL8 with the threshold and comparator of `of`, to stand side by side."""
    s = of.short if of.short is not None else short
    if of.threshold is not None:
        s = min(s, of.threshold)
    return [
        Definition(
            "sl",
            variant,
            threshold=of.threshold,
            has_own_threshold=of.has_own_threshold,
            comparator=of.comparator,
            short=s if switches.uses_short else None,
            switches=switches,
        )
        for variant, switches in SERVICE_LEVELS.items()
    ]


def alternatives(of: Definition) -> list[Definition]:
    """The definitions of the same key that a number can be shown as, `of` among them."""
    if of.key == "sl":
        found = all_service_levels(of)
    else:
        found = [parse(slug) for slug in ALTERNATIVES.get(of.key, ())]
    return found if of in found else [of, *found]


ALTERNATIVES = {
    "asa": ("asa1", "asa2", "asa3"),
    "wp": ("wp50", "wp80", "wp90", "wp95"),
    "ab": ("ab1", "ab2-s5", "ab3"),
    "aht": ("aht1", "aht2", "aht1-active", "aht2-active", "aht1-slot", "aht2-slot"),
    "fcr": (
        "fcr1-w1-customer-any",
        "fcr1-w7-customer-any",
        "fcr2-w7-customer-any",
        "fcr1-w7-queue-any",
        "fcr1-w7-disposition-any",
        "fcr1-w30-customer-any",
        "fcr3",
    ),
    "rep": ("rep1-w1-customer-any", "rep1-w7-customer-any", "rep1-w30-customer-any"),
    "tr": ("tr1", "tr2"),
    "oc": ("oc1", "oc2"),
    "qa": ("qa1", "qa2"),
    "cea": ("cea1-customer", "cea1-business", "cea1-compliance"),
    "rr": ("rr1", "rr2", "rr3", "rr4", "rr5", "rr6"),
}
DEFAULTS = {
    "sl": "sl3-tq-lte",
    "asa": "asa1",
    "ata": "ata1",
    "pat": "pat1",
    "wp": "wp80",
    "ab": "ab1",
    "aht": "aht1",
    "fcr": "fcr1-w7-customer-any",
    "rep": "rep1-w7-customer-any",
    "tr": "tr1",
    "oc": "oc1",
    "vol": "vol1",
    "hand": "hand1",
    "csat": "csat1",
    "nps": "nps1",
    "ces": "ces1",
    "rr": "rr1",
    "qa": "qa1",
    "cea": "cea1-compliance",
    "tc": "tc1",
}
REPEAT_WINDOWS = (1, 7, 30)  # What facts of repeats are kept for.
