"""Customers, interactions and organizations are wholly in their reader's language."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm import segments as known_segments
from crm.actions import consents, customers
from crm.models import Interaction, TimelineEntry
from crm.models.interactions import Channel, Direction, EndedBy, Outcome
from crm.quality_flags import WORDS as FLAGS
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    STARTED_AT,
    AgentStateSpanFactory,
    ConsentPurposeFactory,
    ContactPointFactory,
    CustomerFactory,
    CustomerRelationFactory,
    CustomFieldDefinitionFactory,
    DispositionFactory,
    DuplicateCandidateFactory,
    InteractionDispositionFactory,
    InteractionFactory,
    LegFactory,
    OrganizationFactory,
    OrganizationRoleFactory,
    QueueVisitFactory,
    RecordingFactory,
    RelationTypeFactory,
    SegmentFactory,
    TagFactory,
    TimelineEntryFactory,
    TranscriptFactory,
    TurnFactory,
)
from tests.factories.crm_cases import (
    CaseFactory,
    CaseInteractionFactory,
    NoteFactory,
    NoteTextFactory,
    PromiseFactory,
    TaskFactory,
)
from tests.factories.ops import StoredFileFactory
from tests.factories.quality import EvaluationFactory
from tests.factories.reports import RiskScoreFactory
from tests.factories.routing import QueueFactory
from tests.feedback.survey_worlds import AskingWorld, answer
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records

pytestmark = [pytest.mark.django_db, pytest.mark.words]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def page(name, world):
    """What a world's reader opens: the page of this name, of the row that the world tells."""

    def read():
        reader, *about = world()
        query = about.pop() if about and isinstance(about[-1], str) else ""
        return reader, reverse(name, args=about) + query

    return read


def person(*roles):
    return UserFactory(roles=roles or ["agent"])


def before(world, *roles):
    """The same before people of another role."""

    def read():
        _, *about = world()
        return person(*roles), *about

    read.__name__ = f"{world.__name__} before {' '.join(roles)}"
    return read


def nobody():
    return (person(),)


def admin():
    return (person("admin"),)


def supervisor():
    return (person("supervisor"),)


def handled(agent, **fields):
    """A call of this agent with everything that hangs on one."""
    queue = QueueFactory(wrap_needs_disposition=True)
    customer = fields.pop("customer", None) or CustomerFactory()
    times = {"wait_seconds": 9, "talk_seconds": 60, "hold_seconds": 5, "wrap_seconds": 20}
    call = InteractionFactory(
        customer=customer,
        queue=queue,
        ended_at=STARTED_AT + 90 * SECOND,
        handle_seconds=85,
        transfer_count=2,
        subject="A late parcel",
        language="es",
        customer_address="+14155550100",
        service_address="+18005550100",
        **times | fields,
    )
    del times["wait_seconds"]
    LegFactory(
        interaction=call,
        agent=agent,
        ring_seconds=4,
        hold_count=1,
        end="blind_transfer",
        ended_at=STARTED_AT + 65 * SECOND,
        **times,
    )
    for place, outcome in enumerate(("answered", "abandoned", "")):
        left_at = STARTED_AT + 9 * SECOND if outcome else None
        QueueVisitFactory(
            interaction=call,
            position=place + 1,
            queue=queue,
            outcome=outcome,
            wait_seconds=9,
            left_at=left_at,
        )
    return call


def heard():
    """A call with its transcript, sounds, tags, notes, a disposition and doubtful data."""
    agent = person()
    customer = CustomerFactory()
    InteractionFactory(customer=customer, direction="inbound", started_at=STARTED_AT - DAY)
    LegFactory(interaction=Interaction.objects.get(), agent=agent)
    CustomFieldDefinitionFactory(target="interaction", key="parcel", type="boolean")
    call = handled(
        agent,
        customer=customer,
        direction="inbound",
        quality_flags=list(FLAGS),
        custom={"parcel": True},
    )
    call.tags.add(TagFactory())
    transcript = TranscriptFactory(
        interaction=call, is_current=True, turns_out_of_order=True, agent_offset_ms=200
    )
    for place, speaker in enumerate(("agent", "customer", "system", "unknown")):
        TurnFactory(transcript=transcript, position=place, speaker=speaker, is_internal=place == 2)
    RecordingFactory(interaction=call, state="available", url="", file=StoredFileFactory())
    RecordingFactory(interaction=call, state="available", duration_seconds=60)
    RecordingFactory(interaction=call, state="missing")
    RecordingFactory(interaction=call, state="deleted")
    InteractionDispositionFactory(interaction=call, by=agent)
    DispositionFactory(needs_note=True)
    return agent, call.pk


def searched():
    agent, pk = heard()
    return agent, pk, "?find=help"


def bare():
    """A call that nobody took, with neither words nor times."""
    call = InteractionFactory(outcome="abandoned_in_queue", queue=QueueFactory())
    QueueVisitFactory(interaction=call)
    return person("admin"), call.pk


def owed():
    """A call whose queue asks what came of it."""
    agent = person()
    return agent, handled(agent).pk


def noted():
    agent, pk = owed()
    writing = {"case": None, "interaction_id": pk, "author": agent}
    NoteFactory(**writing, is_pinned=True)
    NoteTextFactory(note=NoteFactory(**writing, edited_at=timezone.now()))
    return agent, pk


def clocks_apart():
    """Before somebody who may align the two sides."""
    _, pk = heard()
    transcript = Interaction.objects.get(pk=pk).transcripts.get()
    type(transcript).objects.update(agent_offset_ms=0, suggested_offset_ms=300)
    return person("admin"), pk


def own_fields():
    agent, pk = heard()
    CustomFieldDefinitionFactory(target="interaction", type="choice", options=[["a", "First"]])
    return agent, pk


def evaluated():
    _, pk = heard()
    leg = Interaction.objects.get(pk=pk).legs.get()
    EvaluationFactory(leg=leg, state="draft")
    return person("admin"), pk


def answered():
    world = AskingWorld()
    response = answer(world, 4, comment="All fine.")
    return person("admin"), response.invitation.interaction_id


def closed_answer():
    """Before an evaluator, who does not know yet what the customer said."""
    world = AskingWorld()
    response = answer(world, 4)
    evaluator = person("evaluator")
    TeamMembershipFactory(user=evaluator, team=world.team, kind="evaluator")
    return evaluator, response.invitation.interaction_id


def contacts():
    """Contacts on every channel, in both directions, with every outcome and end."""
    agent = person()
    for index, outcome in enumerate(Outcome.values):
        call = handled(
            agent,
            outcome=outcome,
            channel=Channel.values[index % len(Channel.values)],
            direction=Direction.values[index % len(Direction.values)],
            ended_by=EndedBy.values[index % len(EndedBy.values)],
            quality_flags=["two_heads"] if index else list(FLAGS),
        )
        call.tags.add(TagFactory())
    DispositionFactory()
    return (agent,)


def every_column():
    columns = "started customer queue agent team outcome wait handle strip flags tags".split()
    return *contacts(), "?" + "&".join(f"columns={name}" for name in columns)


def narrowed_contacts():
    return *contacts(), (
        "?channel=voice&outcome=handled&direction=inbound&transcript=no&recording=no&repeat=no"
        "&length=60-300&order=started_at&begin=2020-01-01&end=2020-02-01"
    )


def period_backwards():
    return *contacts(), "?begin=2020-02-01&end=2020-01-01"


def period_too_long():
    return *contacts(), "?begin=2020-02-01&end=2024-01-01"


def told_of(customer, by, at):
    """What timelines say of a customer, by the verbs that say it."""
    for decision in ("granted", "withdrawn", "objected"):
        consents.record_consent(
            customer=customer,
            purpose=ConsentPurposeFactory(),
            channel="any" if decision == "granted" else "voice",
            decision=decision,
            source="A letter" if decision == "withdrawn" else "",
            by=by,
            at=at,
        )
    NoteFactory(case=None, customer=CustomerFactory())
    kinds = (
        ("note", "Note"),
        ("case", "Case opened"),
        ("case", "Case resolved"),
        ("case", "Case reopened"),
        ("promise", "Promise made"),
        ("promise", "Promise kept"),
        ("evaluation", "The handling was evaluated"),
        ("survey_invitation", "Asked by survey: Spring"),
        ("survey_answer", "Answered survey: Spring"),
        ("merge", "C-0000009 was merged into this customer"),
        ("restriction", "The processing was restricted"),
        ("restriction", "The restriction was lifted"),
    )
    summaries = {"case": "K-0000001, question", "promise": "Refund", "merge": "3 notes, 1,200 tags"}
    for kind, title in kinds:
        TimelineEntryFactory(
            customer=customer, kind=kind, title=title, summary=summaries.get(kind, ""), at=at
        )


def known():
    """A customer with contact points, notes, tags, roles, relations and a history of each kind."""
    agent, at = person(), timezone.now()
    customer = CustomerFactory(
        is_vip=True,
        vip_reason="Buys for the city",
        vip_until_on=timezone.localdate() + DAY,
        first_interaction_at=STARTED_AT - DAY,
        last_interaction_at=STARTED_AT,
        interaction_count=2,
        preferred_language="es",
        preferred_channel="voice",
        time_zone="America/Bogota",
        source="shop",
        external_id="9",
    )
    handled(agent, customer=customer)
    handled(agent, customer=customer, channel="chat", direction="outbound")
    point = {"customer": customer}
    ContactPointFactory(**point, is_primary=True, verified_at=at, label="Home", extension="12")
    ContactPointFactory(**point, invalid_at=at, invalid_reason="bounced", validity="possible")
    ContactPointFactory(**point, kind="email", value="a@mail.example", opted_out_at=at)
    ContactPointFactory(**point, kind="handle", network="x", value="ada", opted_out_at=at)
    ContactPointFactory(**point, opted_out_at=at)
    writing = {"case": None, "customer": customer, "author": agent}
    NoteFactory(**writing, is_pinned=True)
    NoteTextFactory(note=NoteFactory(**writing, edited_at=at))
    customer.tags.add(TagFactory())
    OrganizationRoleFactory(customer=customer, role="buyer")
    past = {"from_on": timezone.localdate() - 9 * DAY, "to_on": timezone.localdate() - DAY}
    OrganizationRoleFactory(customer=customer, role="billing", **past)
    CustomerRelationFactory(left=customer)
    words = ["same phone", "same phone, which 3 customers have", "similar names"]
    DuplicateCandidateFactory(
        lower=customer, score=70, reasons=[["phone", 20, said] for said in words]
    )
    told_of(customer, agent, at)
    return agent, customer.pk


def narrowed_history():
    return *known(), "?kind=promise&channel=sms"


def new_customer():
    return person(), CustomerFactory().pk


def at_work():
    """With cases in a team of the agent's, one of them late, a promise and a task."""
    agent, call = person(), InteractionFactory(customer=CustomerFactory())
    LegFactory(interaction=call, agent=agent)
    team = TeamMembershipFactory(user=agent, kind="agent").team
    for is_breached in (False, True):
        case = CaseFactory(
            customer=call.customer, team=team, next_due_at=STARTED_AT, is_breached=is_breached
        )
        CaseInteractionFactory(case=case, interaction=call)
    PromiseFactory(customer=call.customer)
    TaskFactory(customer=call.customer)
    return agent, call


def of_call():
    agent, call = at_work()
    return agent, call.pk


def of_customer():
    agent, call = at_work()
    return agent, call.customer_id


def restricted():
    customer = CustomerFactory(restricted_at=timezone.now(), restrict_reason="They asked.")
    return person("admin"), customer.pk


def deleted():
    reader, customer = person(), CustomerFactory()
    customers.delete_customer(
        customer=customer, reason="Entered twice by mistake.", by=reader, at=timezone.now()
    )
    return reader, customer.pk


def deleted_customers():
    return (deleted()[0],)


def erased():
    return person("admin"), CustomerFactory(state="erased").pk


def masked():
    """Before an evaluator, who sees contact points only with a reason."""
    _, pk = known()
    evaluator = person("evaluator")
    leg = LegFactory(
        interaction=InteractionFactory(customer_id=pk), team=TeamMembershipFactory().team
    )
    TeamMembershipFactory(user=evaluator, team=leg.team, kind="evaluator")
    return evaluator, pk


def at_risk():
    reader, pk = known()
    facts = [{"on": "2026-03-01", "age": 4, "about": "I-0000001"}]
    rules = [{"rule": "R3", "words": "Gave up waiting", "points": 5, "facts": facts}]
    RiskScoreFactory(customer_id=pk, contributions=rules)
    return reader, pk


def own_form():
    """Custom fields of every type that a form asks in its own way."""
    for kind in ("text", "boolean", "date", "instant", "choice", "choices"):
        CustomFieldDefinitionFactory(type=kind, options=[["a", "First"]])


def to_change():
    own_form()
    return known()


def to_make():
    own_form()
    return nobody()


def contact_point():
    reader, pk = known()
    return reader, ContactPointFactory(customer_id=pk).pk


def masked_point():
    reader, pk = masked()
    return reader, ContactPointFactory(customer_id=pk).pk


def own_note():
    reader, customer = person(), CustomerFactory()
    note = NoteFactory(case=None, customer=customer, author=reader, written_at=timezone.now())
    return reader, note.pk


def related():
    RelationTypeFactory()
    return new_customer()


def purposes():
    ConsentPurposeFactory()
    return new_customer()


def customers_of_all_kinds():
    """Customers with and without everything that the list shows."""
    reader, _ = known()
    CustomFieldDefinitionFactory(is_filterable=False)
    SegmentFactory()
    CustomerFactory()
    return (reader,)


def narrowed_customers():
    return *customers_of_all_kinds(), "?q=9&vip=yes"


def wrong_filter():
    return *customers_of_all_kinds(), "?tag=0"


def segments():
    """Segments of every field and operator, one of them of a field that is gone."""
    ConsentPurposeFactory()
    rules = [
        {"field": name, "operator": operator, "value": "9"}
        for name, field in known_segments.fields().items()
        for operator in field.operators
    ]
    SegmentFactory(conditions={"match": "all", "rules": rules}, counted_at=STARTED_AT)
    gone = [{"field": "custom.gone", "operator": "is", "value": "9"}]
    SegmentFactory(conditions={"match": "any", "rules": gone}, cached_count=None)
    return (person(),)


def own_segment():
    reader = person()
    rules = [{"field": "vip", "operator": "is", "value": "sí"}]
    return reader, SegmentFactory(owner=reader, conditions={"match": "all", "rules": rules}).pk


def calling(*, query="%2B14155550100"):
    """A caller with a case, a promise and what happened last."""
    agent = person()
    TeamMembershipFactory(user=agent, kind="agent")
    customer = CustomerFactory(is_vip=True, last_interaction_at=STARTED_AT)
    ContactPointFactory(customer=customer, value="+14155550100")
    handled(agent, customer=customer)
    CaseFactory(customer=customer, team=agent.memberships.get().team, next_due_at=STARTED_AT)
    PromiseFactory(customer=customer)
    return agent, f"?phone={query}"


def unknown_number():
    return calling(query="%2B14155550199")


def no_number():
    return calling(query="abc")


def unknown_to_evaluator():
    return person("evaluator"), "?phone=%2B14155550199"


def firm():
    """An organization above another one, with people of now and of then."""
    reader = person()
    above = OrganizationFactory(domains="a.example", source="shop", external_id="9")
    row = OrganizationFactory(
        parent=above, domains="b.example", source="shop", external_id="1", custom={}
    )
    OrganizationFactory(parent=row)
    OrganizationRoleFactory(organization=row, role="technical", title="Electrician")
    past = {"from_on": timezone.localdate() - 9 * DAY, "to_on": timezone.localdate() - DAY}
    OrganizationRoleFactory(organization=row, role="decision_maker", **past)
    row.tags.add(TagFactory())
    return reader, row.pk


def empty_firm():
    return person(), OrganizationFactory().pk


def firms():
    firm()
    return (person(),)


def no_such_firm():
    return person(), "?q=9"


SHOWN = [
    *(("crm:interaction_detail", one) for one in (heard, searched, bare, owed, clocks_apart)),
    ("crm:interaction_detail", before(heard, "admin")),
    ("crm:interaction_notes", noted),
    ("crm:interaction_notes", owed),
    ("crm:interaction_note", owed),
    ("crm:interaction_values", own_fields),
    ("crm:recording_add", owed),
    ("crm:disposition_set", heard),
    ("crm:interaction_cases", owed),
    ("crm:customer_work", new_customer),
    ("quality:interaction_panel", evaluated),
    ("quality:interaction_panel", owed),
    *(("feedback:interaction_feedback", one) for one in (answered, closed_answer, owed)),
    *(("crm:customer_detail", one) for one in (known, narrowed_history, new_customer, masked)),
    *(("crm:customer_detail", one) for one in (restricted, deleted, erased)),
    ("crm:customer_detail", before(known, "admin")),
    ("crm:customer_detail", before(known, "supervisor")),
    ("crm:customer_deleted", deleted_customers),
    ("crm:customer_deleted", nobody),
    ("crm:customer_new", to_make),
    ("crm:customer_edit", to_change),
    ("crm:customer_vip", known),
    ("crm:customer_delete", new_customer),
    ("crm:customer_restrict", before(new_customer, "admin")),
    ("crm:customer_unrestrict", restricted),
    ("crm:note_write", new_customer),
    ("crm:note_edit", own_note),
    ("crm:point_add", new_customer),
    ("crm:point_invalid", contact_point),
    ("crm:point_reveal", masked_point),
    ("crm:consent_record", purposes),
    ("crm:role_add", new_customer),
    ("crm:relation_add", related),
    ("reports:risk_panel", at_risk),
    ("reports:risk_panel", new_customer),
    *(("crm:caller_lookup", one) for one in (calling, unknown_number, no_number, nobody)),
    ("crm:caller_lookup", unknown_to_evaluator),
    *(("crm:segment_list", one) for one in (segments, nobody)),
    ("crm:segment_list", before(nobody, "evaluator")),
    ("crm:segment_new", nobody),
    ("crm:segment_edit", own_segment),
    ("crm:organization_detail", firm),
    ("crm:organization_detail", empty_firm),
    ("crm:organization_new", nobody),
    ("crm:organization_edit", firm),
]
# With pieces that are shared and spoken elsewhere.
LISTED = [
    ("crm:interaction_new", contacts),
    ("crm:interaction_customer", owed),
    ("crm:interaction_cases", of_call),
    ("crm:customer_work", of_customer),
    *(("crm:interaction_list", one) for one in (contacts, every_column, narrowed_contacts)),
    ("crm:interaction_list", before(contacts, "admin")),
    ("crm:interaction_list", nobody),
    ("crm:interaction_list", admin),
    ("crm:customer_list", customers_of_all_kinds),
    ("crm:customer_list", before(customers_of_all_kinds, "admin")),
    *(("crm:customer_list", one) for one in (narrowed_customers, nobody, admin)),
    *(("crm:organization_list", one) for one in (firms, no_such_firm, nobody)),
    ("crm:organization_list", before(nobody, "evaluator")),
]
REFUSED = [
    *(("crm:interaction_list", one) for one in (period_backwards, period_too_long)),
    ("crm:customer_list", wrong_filter),
]


def worlds(shown):
    return {f"{name} {world.__name__}": page(name, world) for name, world in shown}


WORLDS, LISTS, REFUSALS = worlds(SHOWN), worlds(LISTED), worlds(REFUSED)
ALL = WORLDS | LISTS | REFUSALS


@pytest.mark.parametrize("world", ALL)
def test_no_word_of_customers_is_ours_and_unmarked(client, monkeypatch, world):
    reader, path = ALL[world]()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page.status_code == (400 if world in REFUSALS else 200)
    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("world", ALL)
def test_no_english_of_ours_is_in_customers(client, world):
    assert english_left(in_spanish(client, *ALL[world]()).content.decode()) == set()


def posted(client, world, **given):
    reader, path = ALL[world]()
    in_spanish(client, reader, path)
    return client.post(path, given).content.decode()


def test_timeline_is_told_in_spanish(client):
    shown = in_spanish(client, *ALL["crm:customer_detail known"]()).content.decode()

    assert "Encuesta enviada: Spring" in shown
    assert "C-0000009 se fusionó con este cliente" in shown
    assert "3 notas, 1,200 etiquetas" in shown
    assert "K-0000001, pregunta" in shown
    assert "otorgado</strong>" in shown
    assert "Voz. A letter" in shown


def test_what_people_wrote_is_never_translated(client):
    customer = CustomerFactory()
    TimelineEntryFactory(customer=customer, title="Note", summary="Refund")

    shown = in_spanish(client, person(), customer.get_absolute_url()).content.decode()

    assert "<strong>Nota</strong>" in shown
    assert "<p>Refund</p>" in shown


def test_entry_of_a_timeline_is_stored_in_english_whoever_writes_it(client):
    reader, path = ALL["crm:consent_record purposes"]()
    in_spanish(client, reader, path)
    given = {"channel": "voice", "decision": "granted", "lawful_basis": "consent"}

    client.post(path, given | {"purpose": ConsentPurposeFactory(label="Offers").pk})

    entry = TimelineEntry.objects.get()
    assert (entry.title, entry.summary) == ("Offers: granted", "Voice")


def test_forms_of_customers_are_refused_in_spanish(client):
    new = posted(client, "crm:customer_new to_make", phone="abc")
    note = posted(client, "crm:note_write new_customer", body=" ")
    point = posted(client, "crm:point_add new_customer", kind="email", raw="nowhere")
    role = posted(client, "crm:role_add new_customer", organization="Nobody", role="buyer")

    assert "No pudimos leer esto como un número de teléfono." in new
    assert "Este campo es requerido." in note
    assert "No pudimos leer esto como un correo electrónico." in point
    assert "Todavía no existe esa organización." in role


def test_verbs_on_customers_are_refused_in_spanish(client):
    reader, pk = restricted()
    in_spanish(client, reader, "/")

    tagged = client.post(reverse("crm:tag_add", args=[pk]), {"name": "gold"})
    noted = client.post(reverse("crm:note_write", args=[pk]), {"body": "Hello."})

    for refused in (tagged, noted):
        assert refused.status_code == 409
        assert "está restringido, así que el registro no se puede" in refused.content.decode()


def test_contact_is_refused_in_spanish(client):
    given = {
        "channel": "voice",
        "direction": "inbound",
        "started_at": "2026-03-02T10:00",
        "ended_at": "2026-03-01T10:00",
    }

    shown = posted(client, "crm:interaction_new contacts", **given)

    assert "El contacto terminó antes de empezar." in shown


def test_people_alike_are_told_in_spanish(client):
    other = CustomerFactory(display_name="Ada Lovelace", name_key="ada lovelace")
    ContactPointFactory(customer=other, value="+14155550100", reversed_digits="00105555141")
    in_spanish(client, person(), "/")
    typed = {"display_name": "Ada Lovelace", "phone": "+1 415 555 0100"}

    shown = client.post(reverse("crm:duplicate_check"), typed).content.decode()

    assert "Puede ser alguien ya conocido" in shown
    assert "mismo teléfono" in shown
    assert "nombres iguales" in shown


def test_day_of_an_agent_stays_in_the_language_of_the_page_about_the_person(client):
    agent = person()
    AgentStateSpanFactory(agent=agent)

    shown = in_spanish(client, agent, reverse("crm:agent_states", args=[agent.pk]))

    assert shown["Content-Language"] == "en"
    assert "Available" in shown.content.decode()


def test_segment_is_refused_and_told_in_spanish(client):
    given = {"name": "Gold", "match": "all", "field_0": "vip", "operator_0": "is"}

    asked = posted(client, "crm:segment_new nobody", **given, value_0="maybe")
    made = posted(client, "crm:segment_new nobody", **given, value_0="Sí")

    assert "Responda sí o no." in asked
    assert made == ""
    assert "VIP es Sí" in client.get(reverse("crm:segment_list")).content.decode()
