"""What every KPI counts, in words: its formulas by variant, its unit and which way is good."""

from __future__ import annotations

from collections.abc import Mapping
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


UNIT_WORDS = {
    PERCENT: said("percent"),
    SECONDS: said("seconds"),
    POINTS: said("points"),
    SCORE: said("score"),
    RATIO: said("ratio"),
    COUNT: said("count"),
}
DIRECTION_WORDS = {
    "higher": said("higher"),
    "lower": said("lower"),
    "neutral": said("neutral"),
}


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
    "sl1": said("ICMI 1; Cisco “abandons positive”; Asterisk ServicelevelPerf2"),
    "sl2": said("ICMI 2; Asterisk ServicelevelPerf"),
    "sl3": said("ICMI 3; Cisco “abandons negative”"),
    "sl4": said("ICMI 4; Cisco “abandons ignored”"),
    "sl5": said("ICMI 5"),
    "sl6": said("Genesys with short abandons excluded"),
    "sl7": said("Amazon Connect “Service level X”"),
    "sl8": said("Genesys with flow-outs"),
}
SERVICE_LEVEL_WORDS = {
    "sl1": (said("answered or abandoned in time"), said("answered + abandoned")),
    "sl2": (said("answered in time"), said("answered visits")),
    "sl3": (said("answered in time"), said("answered + abandoned")),
    "sl4": (said("answered in time"), said("answered + abandoned − abandoned in time")),
    "sl5": (said("answered in time + short abandons"), said("answered + abandoned")),
    "sl6": (said("answered in time"), said("answered + abandoned − short abandons")),
    "sl7": (
        said("answered, abandoned or called back in time"),
        said("answered + abandoned + flowed out"),
    ),
    "sl8": (said("answered in time"), said("answered + abandoned + flowed out")),
}

RESPONSE_RATE_WORDS = {
    "rr1": (said("answers"), said("invitations")),
    "rr2": (said("answers, begun ones too"), said("invitations")),
    "rr3": (said("answers"), said("invitations whose people could have answered")),
    "rr4": (said("answers, begun ones too"), said("invitations whose people could have answered")),
    "rr5": (said("answers"), said("invitations that arrived")),
    "rr6": (said("answers, begun ones too"), said("invitations that arrived")),
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
    formulas: Mapping[str, tuple[str, str]]
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
                "asa1": (said("seconds waited by answered visits"), said("answered visits")),
                "asa2": (
                    said("seconds waited by answered visits"),
                    said("answered visits that waited"),
                ),
                "asa3": (said("seconds waited by all visits"), said("all visits")),
            },
            practical_change=5.0,
        ),
        Kind(
            "ata",
            said("Time to abandon"),
            SECONDS,
            "neutral",
            {"ata1": (said("seconds waited by abandoned visits"), said("abandoned visits"))},
            practical_change=5.0,
        ),
        Kind(
            "pat",
            said("Patience"),
            SECONDS,
            "neutral",
            {"pat1": (said("seconds waited by all visits"), said("abandoned visits"))},
            practical_change=5.0,
        ),
        Kind(
            "wp",
            said("Wait percentile"),
            SECONDS,
            "lower",
            {"wp": (said("the wait that so many percent of answered visits do not exceed"), "")},
            practical_change=5.0,
        ),
        Kind(
            "ab",
            said("Abandonment"),
            PERCENT,
            "lower",
            {
                "ab1": (said("abandoned visits"), said("answered + abandoned + flowed out")),
                "ab2": (
                    said("abandoned − short abandons"),
                    said("answered + abandoned + flowed out − short abandons"),
                ),
                "ab3": (said("abandoned visits"), said("answered + abandoned")),
            },
            is_share=True,
        ),
        Kind(
            "aht",
            said("Handle time"),
            SECONDS,
            "lower",
            {
                "aht1": (said("seconds of talk, hold and wrap-up"), said("handled legs")),
                "aht2": (said("seconds of talk, hold and wrap-up"), said("handled interactions")),
                "aht1-active": (
                    said("seconds active for the contact alone"),
                    said("legs that report it"),
                ),
                "aht2-active": (
                    said("seconds active for the contact alone"),
                    said("interactions whose legs report it"),
                ),
                "aht1-slot": (
                    said("seconds of talk, hold and wrap-up ÷ slots"),
                    said("legs that report slots"),
                ),
                "aht2-slot": (
                    said("seconds of talk, hold and wrap-up ÷ slots"),
                    said("interactions whose legs report slots"),
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
                "fcr1": (
                    said("contacts not followed by another"),
                    said("contacts whose window is over"),
                ),
                "fcr2": (
                    said("first contacts not followed by another"),
                    said("first contacts whose window is over"),
                ),
                "fcr3": (
                    said("answers that it is solved"),
                    said("answers to whether it is solved"),
                ),
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
                    said("contacts that repeat an earlier one"),
                    said("handled contacts of a known customer"),
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
                "tr1": (said("handled interactions with a transfer"), said("handled interactions")),
                "tr2": (said("transfers"), said("handled interactions")),
            },
            is_share=True,
        ),
        Kind(
            "oc",
            said("Occupancy"),
            PERCENT,
            "neutral",
            {
                "oc1": (said("time handling"), said("time handling or available")),
                "oc2": (said("seconds of handling"), said("seconds logged in × slots")),
            },
            min_n=5,
        ),
        Kind(
            "vol",
            said("Volume"),
            COUNT,
            "neutral",
            {"vol1": (said("visits offered to a queue"), "")},
            practical_change=5.0,
        ),
        Kind(
            "hand",
            said("Handled"),
            COUNT,
            "neutral",
            {"hand1": (said("interactions that an agent answered"), "")},
            practical_change=5.0,
        ),
        Kind(
            "csat",
            "CSAT",
            PERCENT,
            "higher",
            {"csat1": (said("satisfied answers"), said("answers"))},
        ),
        Kind(
            "nps",
            "NPS",
            POINTS,
            "higher",
            {"nps1": (said("promoters − detractors"), said("answers"))},
        ),
        Kind(
            "ces",
            said("Customer effort"),
            SCORE,
            "higher",
            {"ces1": (said("ease rated, added up"), said("answers"))},
        ),
        Kind("rr", said("Response rate"), PERCENT, "higher", RESPONSE_RATE_WORDS),
        Kind(
            "qa",
            said("Quality"),
            SCORE,
            "higher",
            {
                "qa1": (said("scores, added up"), said("counting evaluations")),
                "qa2": (said("passed evaluations"), said("evaluations with a pass mark")),
            },
            min_n=5,
        ),
        Kind(
            "cea",
            said("Critical-error accuracy"),
            PERCENT,
            "higher",
            {
                "cea1": (
                    said("evaluations without an error"),
                    said("evaluations that held the family"),
                )
            },
            min_n=5,
            is_share=True,
        ),
        Kind(
            "tc",
            said("Training compliance"),
            PERCENT,
            "higher",
            {"tc1": (said("people who comply"), said("people who must"))},
            is_share=True,
        ),
    )
}
