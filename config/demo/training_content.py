"""What the demo center teaches: courses with their lessons, and the bank of questions."""

from __future__ import annotations

from dataclasses import dataclass, field

PICKUP = """Every contact begins with three things, in this order:

1. **Greet** with the company's name and your own.
2. **Verify** the caller before you open the account: postal code and last order.
3. **Say back** what you understood, in one sentence.

> “You were charged twice for order 4417, and you would like the second charge back. Is that right?”

## Why the order matters
Whoever looks into an account before verifying has already said too much. An evaluator listens for this first, because it is the one mistake that cannot be
made good later in the conversation."""

PRIVACY = """Personal data belongs to the person. Three rules cover almost everything you meet on a shift:

- **Need**: open only what this contact needs.
- **Verify**: give nothing away before you know who asks. A spouse, a neighbor and a lawyer are all strangers.
- **Silence**: card numbers are never said back, written down or repeated in a note.

## When somebody insists
Stay friendly and name the reason: *“I may only speak with the account holder. I can call them back on the number we have.”*"""

DEESCALATE = """An angry customer is not angry at you. Four moves, in this order:

1. Let them **finish**. Interrupting doubles the length of the conversation.
2. **Name** what happened to them, in their words.
3. Say what **you** will do, and by when.
4. Keep the promise, or call before it breaks.

Sorry is worth something once. The third *sorry* sounds like *no*."""

REFUND = """A refund has three clocks, and customers know only one of them:

- *We* book it the same day.
- The **payment provider** takes one to two days.
- The **bank** takes three to five more.

So the honest promise is: **within seven days**. Say the date, not the number of days. Write it into the case, so that the next colleague says the same."""

PROMISE = """Closing a contact well costs eleven seconds:

- what was **done**,
- what happens **next**, with a date,
- how to **reach** us,
- a thank you.

Contacts without a next step come back: one in four of our repeat contacts asks *what happens now*."""

CAMERA = """Nine of ten cameras that *do not connect* are one of three things:

1. The phone is on the **5 GHz** network during setup; cameras join on 2.4 GHz.
2. The password holds a blank at its end.
3. The router's **guest network** keeps devices apart.

Ask in this order. Only then reset the device: a reset costs the customer twenty minutes and solves one in twelve."""

TONE = """In writing there is no voice. The reader hears the one in their head.

- One idea a message. A wall of text reads as a refusal.
- Answer the question **first**, explain second.
- No *as I already said*."""

COACHING = """Good feedback names what was said, when, and what it did to the conversation. It asks before it tells, and it ends with **one** thing to try.

Bad feedback is a score read aloud."""


@dataclass(frozen=True)
class Asked:
    """One question as its author writes it."""

    kind: str
    prompt: str
    text: str = ""
    value: str = ""
    feedback: str = ""
    difficulty: int = 3


@dataclass(frozen=True)
class Taught:
    """One lesson: kind, title, text, minutes."""

    title: str
    body: str
    kind: str = "text"
    rule: str = "marked_done"
    minutes: int = 5
    seconds: int = 0


@dataclass(frozen=True)
class DemoCourse:
    code: str
    title: str
    summary: str
    category: str
    lessons: tuple[Taught, ...]
    questions: tuple[Asked, ...] = ()
    draw: int = 0
    minutes: int = 30
    is_open: bool = True
    needs: tuple[str, ...] = field(default=())


COURSES = (
    DemoCourse(
        "opening-a-contact",
        "Opening a contact",
        "Greeting, verification and saying back: the first thirty seconds decide the rest.",
        "Service",
        (
            Taught("The first thirty seconds", PICKUP, minutes=8),
            Taught("Closing well", PROMISE, minutes=6),
        ),
        (
            Asked(
                "single",
                "What comes before you open the account?",
                "Saying back what you understood\n* Verifying the caller\nAsking for the order number\nOffering a callback",
                feedback="Verification first; everything else may be made good later.",
            ),
            Asked(
                "multiple",
                "Which belong to a good closing?",
                "* What was done\n* What happens next, with a date\nA second apology\n* How to reach us\nThe number of the case alone",
                feedback="One in four repeat contacts asks what happens now.",
            ),
            Asked(
                "order",
                "Put the opening in order.",
                "Greet\nVerify\nSay back\nSolve",
                feedback="Greet, verify, say back, then solve.",
            ),
            Asked(
                "true_false",
                "Without verification you may still confirm that an order exists.",
                value="false",
                feedback="Even that an order exists is personal data.",
                difficulty=2,
            ),
            Asked(
                "gap_fill",
                "Complete the sentence.",
                "One in [four|4] repeat contacts asks what happens [now|next].",
                difficulty=4,
            ),
        ),
        minutes=25,
    ),
    DemoCourse(
        "privacy-at-the-desk",
        "Privacy at the desk",
        "What you may say to whom, and what never gets written down. Required once a year.",
        "Compliance",
        (Taught("Three rules", PRIVACY, rule="minimum_time", seconds=60, minutes=10),),
        (
            Asked(
                "single",
                "The customer's husband asks for the delivery date. You …",
                "tell him, it is only a date\n* may speak with the account holder only\nask for his birthday first",
                feedback="A spouse is a stranger until the account holder says otherwise.",
            ),
            Asked(
                "single",
                "A customer reads out a card number. You …",
                "say it back to be sure\nwrite it into the note\n* neither repeat nor write it, and use the payment page",
                feedback="Card numbers are never said back or written.",
            ),
            Asked(
                "true_false",
                "Opening the account of a neighbor out of curiosity leaves no trace.",
                value="false",
                feedback="Every look is in the access log.",
            ),
            Asked(
                "match",
                "What does each rule mean?",
                "Need = open only what the contact needs\nVerify = know who asks first\nSilence = no card numbers in notes",
            ),
            Asked(
                "numeric",
                "After how many minutes without typing does your screen have to be locked at the latest?",
                value="5",
                feedback="Five minutes.",
                difficulty=4,
            ),
            Asked(
                "short_text",
                "Where is it written down who looked at which account? In the access …",
                "log\naccess log",
                difficulty=2,
            ),
        ),
        draw=5,
        minutes=20,
    ),
    DemoCourse(
        "calm-in-the-storm",
        "Calm in the storm",
        "What to do with anger on the line, step by step, with an exercise of your own.",
        "Service",
        (
            Taught("Four moves", DEESCALATE, minutes=8),
            Taught(
                "Your own words",
                "Write the first three sentences you would say to a customer whose parcel was lost for the second time. Use the four moves.",
                kind="exercise",
                rule="score_at_least",
                minutes=15,
            ),
        ),
        minutes=30,
        needs=("opening-a-contact",),
    ),
    DemoCourse(
        "refunds-and-promises",
        "Refunds and promises",
        "The three clocks of a refund, and how to promise a date that holds.",
        "Billing",
        (Taught("Three clocks", REFUND, minutes=7), Taught("Promise a date", PROMISE, minutes=5)),
        (
            Asked(
                "single",
                "Which promise about a refund is honest?",
                "Tomorrow\nIn one to two days\n* Within seven days, named as a date\nI cannot say",
                feedback="Booking, provider and bank together take up to seven days.",
            ),
            Asked(
                "numeric",
                "How many days may the bank take at most?",
                value="5",
                feedback="Three to five.",
            ),
            Asked(
                "multiple",
                "Where does the promised date go?",
                "* Into the case\n* Into the last sentence of the contact\nInto your own notebook",
                feedback="The next colleague must be able to say the same.",
            ),
        ),
        minutes=20,
    ),
    DemoCourse(
        "cameras-that-connect",
        "Cameras that connect",
        "Three causes behind nine of ten setup problems, in the order to ask for them.",
        "Technical",
        (Taught("Nine of ten", CAMERA, minutes=9),),
        (
            Asked(
                "order",
                "In which order do you ask?",
                "Is the phone on 2.4 GHz?\nIs there a blank in the password?\nIs it the guest network?\nReset the device",
            ),
            Asked(
                "single",
                "How many of twelve resets solve the problem?",
                "* One\nSix\nEleven",
                feedback="A reset costs twenty minutes and rarely helps.",
            ),
        ),
        minutes=20,
    ),
    DemoCourse(
        "writing-to-customers",
        "Writing to customers",
        "Chat, e-mail and messages: short, first things first.",
        "Service",
        (Taught("Without a voice", TONE, minutes=6),),
        (),
        minutes=15,
    ),
)
