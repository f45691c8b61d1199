"""What the demo center is: Meridian Home, a seller of connected devices for the home."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 20260
DOMAIN = "meridian.example"
PASSWORD = "attune-demo-center"  # noqa: S105 - Printed on purpose; refused outside DEBUG.
SOURCE = "meridian-pbx"
ZONE = "America/New_York"
DAYS = 90
CUSTOMERS = 2_000
INTERACTIONS = 20_000
TRANSCRIPTS = 300
EVALUATIONS = 600


@dataclass(frozen=True)
class DemoQueue:
    """`talk_seconds` is the middle length of a voice conversation; `share` the part of traffic."""

    name: str
    share: float
    talk_seconds: int
    teams: tuple[str, ...]
    topics: tuple[str, ...]


QUEUES = (
    DemoQueue("Billing", 0.30, 290, ("Billing",), ("double_charge", "refund", "change_plan")),
    DemoQueue(
        "Orders and delivery",
        0.42,
        240,
        ("Orders East", "Orders West"),
        ("late_parcel", "damaged_item", "change_address"),
    ),
    DemoQueue("Technical help", 0.28, 430, ("Technical",), ("no_connection", "setup_camera")),
)
TEAMS = ("Billing", "Orders East", "Orders West", "Technical")
AGENTS_PER_TEAM = 10

# Middle handle time against voice, and the part of all traffic.
CHANNELS = {
    "voice": (1.0, 0.56),
    "chat": (1.5, 0.19),
    "email": (0.9, 0.14),
    "messaging": (1.2, 0.07),
    "sms": (0.5, 0.02),
    "social": (0.7, 0.02),
}
# Monday to Sunday, against an average weekday.
WEEKDAY_LOAD = (1.18, 1.06, 1.0, 0.97, 0.92, 0.46, 0.28)
# 8:00 to 20:00 local time: a late-morning peak and a smaller one after work.
HOUR_LOAD = {
    8: 0.6, 9: 0.95, 10: 1.25, 11: 1.3, 12: 1.05, 13: 0.95,
    14: 1.0, 15: 1.0, 16: 1.05, 17: 1.1, 18: 0.8, 19: 0.5,
}  # fmt: skip
