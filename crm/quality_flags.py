"""What is doubtful about an interaction's data, in words. Flags mark; they never repair."""

WORDS: dict[str, tuple[str, str]] = {
    "time_order": (
        "Times out of order",
        "The start, queue, answer and end times do not follow one another.",
    ),
    "negative_duration": (
        "Negative duration",
        "The source gave a negative number of seconds; it is kept as unknown.",
    ),
    "duration_mismatch": (
        "Durations disagree",
        "Talk and hold add up to more than the time from answer to end.",
    ),
    "missing_time": (
        "Time missing",
        "It was handled, but the source gave no answer, end or wait time.",
    ),
    "agent_unknown": ("Agent unknown", "The source names an agent whom Attune does not know."),
    "queue_unknown": ("Queue unknown", "The source names a queue that Attune does not know."),
    "customer_unknown": ("Customer unknown", "No customer was found for what the source gave."),
    "customer_ambiguous": (
        "Several customers fit",
        "More than one customer has this phone number or address, so none was chosen.",
    ),
    "contact_unreadable": (
        "Contact unreadable",
        "A phone number or address of the customer could not be read and was left out.",
    ),
    "billsec_longer": ("Billed longer than it lasted", "Billed seconds exceed the duration."),
    "future": ("In the future", "A time lies more than five minutes after the import."),
    "too_long": ("Longer than a day", "A call of more than 24 hours is seldom one call."),
    "clocks_differ": (
        "Two clocks",
        "The two sides were timed by different clocks; the transcript page can align them.",
    ),
    "turns_out_of_order": (
        "Turns out of order",
        "The times of the turns step back; they are shown in the order of the source.",
    ),
    "card_removed": ("Card number removed", "A card number or security code was taken out."),
    "unverified": ("Signature not checked", "The file was signed and the signature not verified."),
}


def label(flag: str) -> str:
    """A few words for a chip; the flag itself, in words, if it is not one of ours."""
    return WORDS[flag][0] if flag in WORDS else flag.replace("_", " ").capitalize()


def sentence(flag: str) -> str:
    """What the flag means, in one sentence."""
    return WORDS[flag][1] if flag in WORDS else ""
