"""What is doubtful about an interaction's data, in words. Flags mark; they never repair."""

from lib.sentences import said

WORDS: dict[str, tuple[str, str]] = {
    "time_order": (
        said("Times out of order"),
        said("The start, queue, answer and end times do not follow one another."),
    ),
    "negative_duration": (
        said("Negative duration"),
        said("The source gave a negative number of seconds; it is kept as unknown."),
    ),
    "duration_mismatch": (
        said("Durations disagree"),
        said("Talk and hold add up to more than the time from answer to end."),
    ),
    "missing_time": (
        said("Time missing"),
        said("It was handled, but the source gave no answer, end or wait time."),
    ),
    "agent_unknown": (
        said("Agent unknown"),
        said("The source names an agent whom Attune does not know."),
    ),
    "queue_unknown": (
        said("Queue unknown"),
        said("The source names a queue that Attune does not know."),
    ),
    "customer_unknown": (
        said("Customer unknown"),
        said("No customer was found for what the source gave."),
    ),
    "customer_ambiguous": (
        said("Several customers fit"),
        said("More than one customer has this phone number or address, so none was chosen."),
    ),
    "contact_unreadable": (
        said("Contact unreadable"),
        said("A phone number or address of the customer could not be read and was left out."),
    ),
    "billsec_longer": (
        said("Billed longer than it lasted"),
        said("Billed seconds exceed the duration."),
    ),
    "future": (said("In the future"), said("A time lies more than five minutes after the import.")),
    "too_long": (
        said("Longer than a day"),
        said("A call of more than 24 hours is seldom one call."),
    ),
    "clocks_differ": (
        said("Two clocks"),
        said("The two sides were timed by different clocks; the transcript page can align them."),
    ),
    "turns_out_of_order": (
        said("Turns out of order"),
        said("The times of the turns step back; they are shown in the order of the source."),
    ),
    "card_removed": (
        said("Card number removed"),
        said("A card number or security code was taken out."),
    ),
    "unverified": (
        said("Signature not checked"),
        said("The file was signed and the signature not verified."),
    ),
}


def label(flag: str) -> str:
    """A few words for a chip; the flag itself, in words, if it is not one of ours."""
    return WORDS[flag][0] if flag in WORDS else flag.replace("_", " ").capitalize()


def sentence(flag: str) -> str:
    """What the flag means, in one sentence."""
    return WORDS[flag][1] if flag in WORDS else ""
