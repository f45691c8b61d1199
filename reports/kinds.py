"""What every KPI counts, in words: its formulas by variant, its unit and which way is good."""

from __future__ import annotations

from dataclasses import dataclass

from lib.sentences import said

PERCENT, SECONDS, POINTS, SCORE, RATIO, COUNT = (
    "percent",
    "seconds",
    "points",
    "score",
    "ratio",
    "count",
)


@dataclass(frozen=True)
class Switches:
    """What a service level counts.

    `numerator` adds abandons to the answered in time: none, short or within. `left_out` takes
    abandons out of the denominator: none, short, within, both (their union, once) or all.
    `flow` puts visits that flowed out into the denominator, where callbacks in time succeed.
    """

    numerator: str
    left_out: str
    flow: bool
    callbacks: bool = False

    @property
    def uses_short(self) -> bool:
        return self.numerator == "short" or self.left_out in ("short", "both")


SERVICE_LEVELS = {
    "1": Switches("within", "none", False),
    "2": Switches("none", "all", False),
    "3": Switches("none", "none", False),
    "4": Switches("none", "within", False),
    "5": Switches("short", "none", False),
    "6": Switches("none", "short", False),
    "7": Switches("within", "none", True, callbacks=True),
    "8": Switches("none", "none", True),
}
KNOWN_AS = {
    "sl1": "ICMI 1; Cisco “abandons positive”; Asterisk ServicelevelPerf2",
    "sl2": "ICMI 2; Asterisk ServicelevelPerf",
    "sl3": "ICMI 3; Cisco “abandons negative”",
    "sl4": "ICMI 4; Cisco “abandons ignored”",
    "sl5": "ICMI 5",
    "sl6": "Genesys with short abandons excluded",
    "sl7": "Amazon Connect “Service level X”",
    "sl8": "Genesys with flow-outs",
}
SERVICE_LEVEL_WORDS = {
    "sl1": ("answered or abandoned in time", "answered + abandoned"),
    "sl2": ("answered in time", "answered"),
    "sl3": ("answered in time", "answered + abandoned"),
    "sl4": ("answered in time", "answered + abandoned − abandoned in time"),
    "sl5": ("answered in time + short abandons", "answered + abandoned"),
    "sl6": ("answered in time", "answered + abandoned − short abandons"),
    "sl7": (
        "answered, abandoned or called back in time",
        "answered + abandoned + flowed out",
    ),
    "sl8": ("answered in time", "answered + abandoned + flowed out"),
}

RESPONSE_RATE_WORDS = {
    "rr1": ("answers", "invitations"),
    "rr2": ("answers, begun ones too", "invitations"),
    "rr3": ("answers", "invitations whose people could have answered"),
    "rr4": ("answers, begun ones too", "invitations whose people could have answered"),
    "rr5": ("answers", "invitations that arrived"),
    "rr6": ("answers, begun ones too", "invitations that arrived"),
}


@dataclass(frozen=True)
class Kind:
    """What all definitions of one key share.

    `formula` is (numerator, denominator) in words by variant; `direction` is higher, lower or
    neutral: which way is good.
    """

    key: str
    title: str
    unit: str
    direction: str
    formulas: dict[str, tuple[str, str]]
    min_n: int = 30
    practical_change: float = 2.0
    is_share: bool = False


KINDS = {
    kind.key: kind
    for kind in (
        Kind("sl", said("Service level"), PERCENT, "higher", SERVICE_LEVEL_WORDS, is_share=True),
        Kind(
            "asa",
            said("Speed of answer"),
            SECONDS,
            "lower",
            {
                "asa1": ("seconds waited by answered visits", "answered visits"),
                "asa2": ("seconds waited by answered visits", "answered visits that waited"),
                "asa3": ("seconds waited by all visits", "all visits"),
            },
            practical_change=5.0,
        ),
        Kind(
            "ata",
            said("Time to abandon"),
            SECONDS,
            "neutral",
            {"ata1": ("seconds waited by abandoned visits", "abandoned visits")},
            practical_change=5.0,
        ),
        Kind(
            "pat",
            said("Patience"),
            SECONDS,
            "neutral",
            {"pat1": ("seconds waited by all visits", "abandoned visits")},
            practical_change=5.0,
        ),
        Kind(
            "wp",
            said("Wait percentile"),
            SECONDS,
            "lower",
            {"wp": ("the wait that so many percent of answered visits do not exceed", "")},
            practical_change=5.0,
        ),
        Kind(
            "ab",
            said("Abandonment"),
            PERCENT,
            "lower",
            {
                "ab1": ("abandoned visits", "answered + abandoned + flowed out"),
                "ab2": (
                    "abandoned − short abandons",
                    "answered + abandoned + flowed out − short abandons",
                ),
                "ab3": ("abandoned visits", "answered + abandoned"),
            },
            is_share=True,
        ),
        Kind(
            "aht",
            said("Handle time"),
            SECONDS,
            "lower",
            {
                "aht1": ("seconds of talk, hold and wrap-up", "handled legs"),
                "aht2": ("seconds of talk, hold and wrap-up", "handled interactions"),
                "aht1-active": ("seconds active for the contact alone", "legs that report it"),
                "aht2-active": (
                    "seconds active for the contact alone",
                    "interactions whose legs report it",
                ),
                "aht1-slot": (
                    "seconds of talk, hold and wrap-up ÷ slots",
                    "legs that report slots",
                ),
                "aht2-slot": (
                    "seconds of talk, hold and wrap-up ÷ slots",
                    "interactions whose legs report slots",
                ),
            },
            practical_change=5.0,
        ),
        Kind(
            "fcr",
            said("First-contact resolution"),
            PERCENT,
            "higher",
            {
                "fcr1": ("contacts not followed by another", "contacts whose window is over"),
                "fcr2": (
                    "first contacts not followed by another",
                    "first contacts whose window is over",
                ),
                "fcr3": ("answers that it is solved", "answers to whether it is solved"),
            },
            is_share=True,
        ),
        Kind(
            "rep",
            said("Repeat contacts"),
            PERCENT,
            "lower",
            {
                "rep1": (
                    "contacts that repeat an earlier one",
                    "handled contacts of a known customer",
                )
            },
            is_share=True,
        ),
        Kind(
            "tr",
            said("Transfers"),
            PERCENT,
            "lower",
            {
                "tr1": ("handled interactions with a transfer", "handled interactions"),
                "tr2": ("transfers", "handled interactions"),
            },
            is_share=True,
        ),
        Kind(
            "oc",
            said("Occupancy"),
            PERCENT,
            "neutral",
            {
                "oc1": ("time handling", "time handling or available"),
                "oc2": ("seconds of handling", "seconds logged in × slots"),
            },
            min_n=5,
        ),
        Kind(
            "vol",
            said("Volume"),
            COUNT,
            "neutral",
            {"vol1": ("visits offered to a queue", "")},
            practical_change=5.0,
        ),
        Kind(
            "hand",
            said("Handled"),
            COUNT,
            "neutral",
            {"hand1": ("interactions that an agent answered", "")},
            practical_change=5.0,
        ),
        Kind("csat", "CSAT", PERCENT, "higher", {"csat1": ("satisfied answers", "answers")}),
        Kind("nps", "NPS", POINTS, "higher", {"nps1": ("promoters − detractors", "answers")}),
        Kind(
            "ces",
            said("Customer effort"),
            SCORE,
            "higher",
            {"ces1": ("ease rated, added up", "answers")},
        ),
        Kind("rr", said("Response rate"), PERCENT, "higher", RESPONSE_RATE_WORDS),
        Kind(
            "qa",
            said("Quality"),
            SCORE,
            "higher",
            {
                "qa1": ("scores, added up", "counting evaluations"),
                "qa2": ("passed evaluations", "evaluations with a pass mark"),
            },
            min_n=5,
        ),
        Kind(
            "cea",
            said("Critical-error accuracy"),
            PERCENT,
            "higher",
            {"cea1": ("evaluations without an error", "evaluations that held the family")},
            min_n=5,
            is_share=True,
        ),
        Kind(
            "tc",
            said("Training compliance"),
            PERCENT,
            "higher",
            {"tc1": ("people who comply", "people who must")},
            is_share=True,
        ),
    )
}
