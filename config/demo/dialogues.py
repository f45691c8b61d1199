"""Conversations of the demo center, put together from spoken lines by topic and by skill."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

Line = tuple[str, str]


@dataclass(frozen=True)
class Topic:
    """The lines that make one kind of conversation; `{name}` and `{order}` are filled in."""

    subject: str
    opening: tuple[str, ...]
    questions: tuple[Line, ...]
    solving: tuple[Line, ...]
    poor_solving: tuple[Line, ...]


TOPICS: dict[str, Topic] = {
    "double_charge": Topic(
        "Charged twice for one month",
        (
            "Hi, I just looked at my statement and you charged me twice this month.",
            "Hello, there are two payments to Meridian on my account and I only have one plan.",
        ),
        (
            ("agent", "I'm sorry about that, I'd be worried too. Which two dates do you see?"),
            ("customer", "One on the second and one on the fifth, the same amount both times."),
            ("agent", "Thank you. Was there a change of card or of plan around those days?"),
            ("customer", "I did update my card at the beginning of the month, yes."),
        ),
        (
            (
                "agent",
                "That explains it. The old card was still charged before the new one took over.",
            ),
            ("customer", "So one of them was a mistake?"),
            (
                "agent",
                "Yes. I have just sent the second payment back; it shows in three to five days.",
            ),
            ("customer", "Great, that is what I needed to hear."),
            ("agent", "You will get an e-mail with the reference within the hour."),
        ),
        (
            ("agent", "I can only see one payment here, so you would have to ask your bank."),
            ("customer", "My bank says both came from you."),
            ("agent", "Then I'd suggest to wait a few days and see whether it goes away."),
            ("customer", "I was hoping you could look into it now."),
        ),
    ),
    "refund": Topic(
        "Refund has not arrived",
        (
            "I sent a speaker back two weeks ago and still have no refund.",
            "Hi, I'm calling about a refund that should have been here last week.",
        ),
        (
            ("agent", "Let me find that return. Do you have the order number at hand?"),
            ("customer", "Yes, it is {order}."),
            ("agent", "I see the parcel reached our warehouse on Monday of last week."),
            ("customer", "Exactly, so where is my money?"),
        ),
        (
            ("agent", "The return was checked but nobody released it. I am doing that right now."),
            ("customer", "Okay. How long will it take?"),
            (
                "agent",
                "Two working days to your card, and I added free shipping for your next order.",
            ),
            ("customer", "That's kind, thank you."),
        ),
        (
            ("agent", "Refunds take a while. There is nothing I can do from here."),
            ("customer", "Can somebody else do something?"),
            ("agent", "You can write to us through the web page."),
            ("customer", "I already did that. Twice."),
        ),
    ),
    "change_plan": Topic(
        "Move to a smaller plan",
        (
            "I'd like to move to the smaller storage plan, I don't need that much.",
            "Can you put me on the cheaper plan from next month?",
        ),
        (
            ("agent", "Of course. May I ask how many cameras you are using at the moment?"),
            ("customer", "Just two, and I never look at the old recordings."),
            ("agent", "Then the basic plan keeps seven days, which should be enough."),
        ),
        (
            (
                "agent",
                "The change starts on the first, and recordings older than seven days go away then.",
            ),
            ("customer", "That's fine. Is there a fee for changing?"),
            ("agent", "No fee, and you can move back at any time from the app."),
            ("customer", "Perfect."),
        ),
        (
            ("agent", "Done, it is the basic plan now."),
            ("customer", "From next month or from today?"),
            ("agent", "I think from today. Anything else?"),
            ("customer", "No, I suppose not."),
        ),
    ),
    "late_parcel": Topic(
        "Parcel has not moved for days",
        (
            "My parcel has said out for delivery for three days now.",
            "Hello, the tracking of my order hasn't changed since Friday.",
        ),
        (
            ("agent", "That's longer than it should be. Could you give me the order number?"),
            ("customer", "It's {order}, a doorbell and a chime."),
            ("agent", "Thank you. And the delivery address is still the one on Oak Street?"),
            ("customer", "Yes, nothing has changed."),
        ),
        (
            (
                "agent",
                "The carrier lost it at their depot, so I'm sending a new one today by express.",
            ),
            ("customer", "Will I have to pay for that?"),
            (
                "agent",
                "Not at all. It arrives tomorrow before noon, and I sent you the new tracking link.",
            ),
            ("customer", "Wonderful, thanks for sorting it out."),
        ),
        (
            ("agent", "The carrier has it, so you need to call the carrier."),
            ("customer", "They told me to call you."),
            ("agent", "Well, from our side it was shipped."),
            ("customer", "That doesn't really help me."),
        ),
    ),
    "damaged_item": Topic(
        "Item arrived damaged",
        (
            "The camera came today and the glass is cracked.",
            "Hi, I just opened my box and the hub is broken on one side.",
        ),
        (
            ("agent", "Oh no, I'm sorry. Was the outer box damaged as well?"),
            ("customer", "A little bit on one corner, yes."),
            ("agent", "Could you send a photo to the link I've just texted you?"),
            ("customer", "One second. Okay, it's on its way."),
        ),
        (
            ("agent", "I have it, thank you. A replacement leaves our warehouse this afternoon."),
            ("customer", "And what do I do with the broken one?"),
            ("agent", "Keep the box; the driver who brings the new one takes the old one back."),
            ("customer", "That's easy. Thank you so much."),
        ),
        (
            ("agent", "You have to fill in the damage form first."),
            ("customer", "Where do I find it?"),
            ("agent", "Somewhere on the web page, under service I believe."),
            ("customer", "Alright, I'll look for it."),
        ),
    ),
    "change_address": Topic(
        "Change of delivery address",
        (
            "I've moved and my order is still going to the old place.",
            "Could you change the address of an order that hasn't shipped yet?",
        ),
        (
            ("agent", "Let me check that before it leaves. What is the order number?"),
            ("customer", "{order}."),
            ("agent", "It's still in packing, so we're in time. What is the new address?"),
            ("customer", "Forty two Willow Lane, same city."),
        ),
        (
            (
                "agent",
                "I changed it for this order and for your account, so the next one is right too.",
            ),
            ("customer", "Oh nice, I would have forgotten that."),
            ("agent", "You'll see the new address in the confirmation I've just sent."),
            ("customer", "Got it, thanks."),
        ),
        (
            ("agent", "I put in a request, it may or may not work."),
            ("customer", "How will I know?"),
            ("agent", "You'd see it when the parcel comes."),
            ("customer", "Hmm. Okay."),
        ),
    ),
    "no_connection": Topic(
        "Hub does not connect",
        (
            "My hub went offline last night and won't come back.",
            "Hi, all my devices say no connection since this morning.",
        ),
        (
            ("agent", "Let's get that working. What color is the light on the front of the hub?"),
            ("customer", "It's blinking orange."),
            (
                "agent",
                "Thank you. Did anything change with your router, a new password for example?",
            ),
            ("customer", "My provider sent a new router yesterday, actually."),
        ),
        (
            (
                "agent",
                "That's it. Please hold the button for five seconds until the light turns white.",
            ),
            ("customer", "Okay. It is white now."),
            ("agent", "Now open the app, choose your new network and type its password."),
            ("customer", "It says connected! And the lamps are back as well."),
            ("agent", "Great. I'll send you these steps by e-mail in case you need them again."),
        ),
        (
            ("agent", "Just turn it off and on again."),
            ("customer", "I did that three times already."),
            ("agent", "Then it's probably broken, you would have to buy a new one."),
            ("customer", "It's only four months old."),
        ),
    ),
    "setup_camera": Topic(
        "Setting up a new camera",
        (
            "I bought the garden camera and can't get it into the app.",
            "Hello, I'm stuck at the step where the camera should scan a code.",
        ),
        (
            ("agent", "Happy to help. Which phone are you using?"),
            ("customer", "A fairly old one, about five years."),
            ("agent", "And how far is the camera from your router right now?"),
            ("customer", "It's outside already, so maybe fifteen meters."),
        ),
        (
            (
                "agent",
                "Please bring it inside for the setup, the first contact needs a strong signal.",
            ),
            ("customer", "Okay, I'm next to the router. Now it scanned the code."),
            (
                "agent",
                "Wonderful. Give it a minute for the update, then you can put it back outside.",
            ),
            ("customer", "I can see my kitchen. Thank you!"),
        ),
        (
            ("agent", "It is all in the manual, page twelve."),
            ("customer", "I don't have the manual any more."),
            ("agent", "You can download it."),
            ("customer", "Fine, I'll try that."),
        ),
    ),
}

GREETINGS = (
    "Thank you for calling Meridian Home, this is {agent}. How can I help you?",
    "Good day, {agent} speaking at Meridian Home. What can I do for you?",
    "Hello and welcome to Meridian Home, my name is {agent}.",
)
POOR_GREETINGS = ("Yes, hello?", "Meridian.", "Hi, what is it about?")
VERIFYING: tuple[Line, ...] = (
    ("agent", "Before I open your account, may I have your full name and your postal code?"),
    ("customer", "{name}, and it's one four six oh seven."),
    ("agent", "Thank you, {first}. I have your account in front of me."),
)
HOLDING: tuple[Line, ...] = (
    ("agent", "May I put you on hold for a minute while I check this?"),
    ("customer", "Sure, go ahead."),
    ("agent", "Thank you for waiting."),
)
CLOSINGS = (
    "Is there anything else I can do for you today? Then have a lovely day, {first}.",
    "I'm glad we could fix that. Thank you for being with Meridian Home.",
)
POOR_CLOSINGS = ("Okay, bye.", "That's it then.")


@dataclass(frozen=True)
class Conversation:
    """The lines in order, and what went well, which the demo's evaluations are made of."""

    subject: str
    lines: list[Line]
    greeted: bool
    verified: bool
    solved: bool
    closed_well: bool


def conversation(
    rng: Random, topic_key: str, *, skill: float, agent: str, name: str
) -> Conversation:
    """One conversation; a higher `skill` (0 to 1) makes each step more likely to go well."""
    topic = TOPICS[topic_key]
    greeted = rng.random() < 0.55 + 0.45 * skill
    verified = rng.random() < 0.70 + 0.29 * skill
    solved = rng.random() < 0.45 + 0.5 * skill
    closed_well = rng.random() < 0.4 + 0.55 * skill
    lines: list[Line] = [("agent", rng.choice(GREETINGS if greeted else POOR_GREETINGS))]
    lines.append(("customer", rng.choice(topic.opening)))
    lines += VERIFYING if verified else ()
    lines += topic.questions
    lines += HOLDING if rng.random() < 0.35 else ()
    lines += topic.solving if solved else topic.poor_solving
    lines.append(("agent", rng.choice(CLOSINGS if closed_well else POOR_CLOSINGS)))
    lines.append(("customer", rng.choice(("Thanks, bye.", "Bye.", "Thank you, you too."))))
    words = {"agent": agent.split()[0], "name": name, "first": name.split()[0]}
    words["order"] = f"M{rng.randrange(100_000, 999_999)}"
    filled = [(speaker, text.format(**words)) for speaker, text in lines]
    return Conversation(topic.subject, filled, greeted, verified, solved, closed_well)
