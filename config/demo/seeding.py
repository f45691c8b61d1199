"""Put the demo center into an empty database."""

from __future__ import annotations

from collections import deque
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from config.demo.cases import make_cases
from config.demo.center import DAYS, DOMAIN, SEED, ZONE
from config.demo.coaching import make_coaching
from config.demo.customers import make_customer_facts
from config.demo.evaluations import make_evaluations, make_scorecards
from config.demo.figures import make_figures
from config.demo.learning import make_learning
from config.demo.packages import make_packages
from config.demo.people import make_people
from config.demo.plans import make_plan
from config.demo.recognition import make_recognition
from config.demo.rounds import make_rounds
from config.demo.rules import date_proposals, make_assist_rules, make_quality_rules
from config.demo.second_looks import make_second_looks
from config.demo.states import make_states
from config.demo.surveys import make_surveys
from config.demo.traffic import make_contacts, make_customers
from config.demo.training import make_training
from config.demo.transcripts import make_transcripts
from config.demo.versions import make_next_versions
from crm import timeline
from feedback import survey_handlers
from lib import events
from lib.events import Event
from ops import mail
from quality import handlers as quality_handlers
from training import handlers as training_handlers

# Rules look back over weeks in the demo, and timelines are made at the end.
MADE_APART = {
    events.handler_name(handler)
    for handler in (
        quality_handlers.follow_up_result,
        quality_handlers.tell_timeline,
        survey_handlers.tell_answer,
        survey_handlers.tell_invitation,
        training_handlers.judge_again,
    )
}


def is_seeded() -> bool:
    return User.objects.filter(email=f"admin@{DOMAIN}").exists()


@transaction.atomic
@mail.silence()
def seed(until: date) -> None:
    """Make the whole center, its last day of traffic being `until`; all of it or nothing."""
    told: deque[tuple[Event, list[str]]] = deque()
    with events.durable_facts_to(lambda event, names: told.append((event, names))):
        _make(until)
        while told:
            _follow_up(*told.popleft())
    timeline.rebuild()


def _follow_up(event: Event, names: list[str]) -> None:
    """What jobs would do later, at once: a new center begins with an empty queue."""
    for name in names:
        if name not in MADE_APART:
            events.durable_handler(name, events.fact_name(type(event)))[1](event)


def _make(until: date) -> None:
    rng = Random(SEED)
    first_day = datetime.combine(until - timedelta(days=DAYS + 30), time(8), ZoneInfo(ZONE))
    people = make_people(first_day)
    customers = make_customers(rng)
    contacts = make_contacts(rng, people, customers, until)
    said = make_transcripts(rng, contacts)
    make_cases(Random(SEED + 7), people, customers, until)
    scorecards = make_scorecards(people, first_day)
    make_assist_rules(people, scorecards["Voice service"], first_day)
    make_evaluations(rng, people, contacts, said, scorecards)
    make_plan(rng, people, scorecards["Voice service"], until)
    now = datetime.combine(until, time(20), ZoneInfo(ZONE))
    make_rounds(rng, people, contacts, said, scorecards["Voice service"], now)
    make_quality_rules(people, scorecards, now)
    date_proposals()
    make_second_looks(Random(SEED + 13), people, said, scorecards, now)
    make_next_versions(people, scorecards, now)
    make_states(Random(SEED + 11), people, until)
    make_customer_facts(Random(SEED + 1), people, customers, until)
    make_recognition(Random(SEED + 2), people, until)
    make_surveys(rng, people, contacts, until)
    make_training(Random(f"{SEED} training"), people, until)
    make_packages(people, until)
    make_coaching(people, until)
    make_learning(people, until)
    make_figures(people, customers, until, now)
