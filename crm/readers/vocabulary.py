"""The words that a record may use, one set for each field that is a choice."""

CHANNELS = frozenset(
    {"voice", "video", "chat", "email", "sms", "messaging", "social", "web_form", "in_person"}
)
DIRECTIONS = frozenset({"inbound", "outbound", "internal"})
OUTCOMES = frozenset(
    {
        "in_progress",
        "handled",
        "abandoned_in_queue",
        "abandoned_before_queue",
        "flowed_out",
        "voicemail",
        "callback_requested",
        "rejected",
        "failed",
    }
)
ENDED_BY = frozenset({"customer", "agent", "system", "transfer", "unknown"})
LEG_KINDS = frozenset({"handling", "consult", "conference"})
LEG_ENDS = frozenset(
    {
        "customer",
        "agent",
        "blind_transfer",
        "attended_transfer",
        "transfer",
        "not_answered",
        "system",
        "unknown",
    }
)
SPAN_KINDS = frozenset({"ring", "talk", "hold", "wrap"})
WRAP_SOURCES = frozenset({"reported", "derived", "none"})
VISIT_OUTCOMES = frozenset(
    {"answered", "abandoned", "overflowed", "voicemail", "callback", "transferred"}
)
SPEAKERS = frozenset({"agent", "customer", "system", "unknown"})
NETWORKS = frozenset({"whatsapp", "instagram", "telegram", "webchat", "x", "other"})
AGENT_STATES = frozenset(
    {"available", "handling", "wrap_up", "break", "training", "meeting", "offline", "other"}
)
