"""Timed transcripts for some of the demo's interactions."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from config.demo.center import TRANSCRIPTS
from config.demo.dialogues import Conversation, conversation
from config.demo.traffic import BATCH, WRITTEN_CHANNELS, Contact, skill
from crm.models import Interaction, Transcript, Turn

MS_PER_WORD = 340
# The spoken lines last about two minutes; longer conversations would be mostly silence.
LENGTHS_THAT_FIT = range(80, 260)


def with_a_transcript(rng: Random, contacts: list[Contact]) -> list[Contact]:
    """The newest handled conversations of voice, chat and messaging, most of them recent."""
    able = [
        one
        for one in contacts
        if one.legs
        and one.interaction.channel in {"voice", "chat", "messaging"}
        and one.legs[0].talk_seconds in LENGTHS_THAT_FIT
    ]
    return sorted(rng.sample(able[-2500:], TRANSCRIPTS), key=lambda one: one.interaction.started_at)


def make_transcripts(rng: Random, contacts: list[Contact]) -> dict[int, Conversation]:
    """Save the transcripts; returns what was said by the interaction's id."""
    said, transcripts, turns = {}, [], []
    for contact in with_a_transcript(rng, contacts):
        spoken = _conversation(rng, contact)
        contact.interaction.subject = spoken.subject
        said[contact.interaction.pk] = spoken
        transcript = Transcript(interaction=contact.interaction, format="demo", language="en")
        transcripts.append(transcript)
        turns += _turns(rng, transcript, contact, spoken)
    Transcript.objects.bulk_create(transcripts, batch_size=BATCH)
    Turn.objects.bulk_create(turns, batch_size=BATCH)
    Interaction.objects.bulk_update(
        [transcript.interaction for transcript in transcripts], ["subject"], batch_size=BATCH
    )
    return said


def _conversation(rng: Random, contact: Contact) -> Conversation:
    agent = contact.legs[0].agent
    customer = contact.interaction.customer
    return conversation(
        rng, contact.topic, skill=skill(agent), agent=agent.full_name, name=customer.display_name
    )


def _turns(
    rng: Random, transcript: Transcript, contact: Contact, spoken: Conversation
) -> list[Turn]:
    """The lines spread over the conversation's length, longer lines taking longer."""
    leg = contact.legs[0]
    spans = [MS_PER_WORD * (len(text.split()) + 2) for _speaker, text in spoken.lines]
    pauses = [rng.randrange(200, 1800) for _line in spoken.lines]
    stretch = max(1.0, 0.96 * 1000 * leg.talk_seconds / (sum(spans) + sum(pauses)))
    turns, clock = [], 0.0
    for position, ((speaker, text), span, pause) in enumerate(
        zip(spoken.lines, spans, pauses, strict=True), start=1
    ):
        start_ms = int(clock + pause * stretch)
        clock = start_ms + span * (stretch if contact.interaction.channel != "voice" else 1)
        is_written = contact.interaction.channel in WRITTEN_CHANNELS
        turns.append(
            Turn(
                transcript=transcript,
                position=position,
                speaker=speaker,
                agent=leg.agent if speaker == "agent" else None,
                start_ms=start_ms,
                end_ms=int(clock),
                sent_at=leg.answered_at + timedelta(milliseconds=start_ms) if is_written else None,
                text=text,
            )
        )
        clock += pause * (stretch - 1)
    return turns
