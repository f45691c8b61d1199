"""Tasks, promises and cases are wholly in their reader's language."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from crm import bulk, clock_causes, closing
from crm.actions import case_links, case_messages, cases, promises, saved, tags, tasks
from crm.actions import clocks as clock_actions
from crm.models import Case, CaseStatus, Promise, SlaClock, Task
from feedback.actions import alerts
from tests.factories.accounts import (
    BusinessCalendarFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)
from tests.factories.crm import (
    BulkRunFactory,
    CustomerFactory,
    CustomFieldDefinitionFactory,
    InteractionFactory,
)
from tests.factories.crm_cases import (
    CannedReplyFactory,
    CaseFactory,
    CaseStatusFactory,
    MacroFactory,
    PromiseFactory,
    SlaPolicyFactory,
    TaskFactory,
)
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records

pytestmark = [pytest.mark.django_db, pytest.mark.words]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Desk:
    """A team with an agent, a colleague and a supervisor."""

    def __init__(self):
        self.team = TeamFactory()
        self.agent, self.colleague, self.supervisor = (
            self.person(role) for role in ("agent", "agent", "supervisor")
        )
        self.customer = CustomerFactory()
        self.at = timezone.now()

    def person(self, role):
        kind = {"kind": "supervisor"} if role == "supervisor" else {}
        person = UserFactory(roles=[role])
        TeamMembershipFactory(user=person, team=self.team, **kind)
        return person

    def case(self, **fields):
        return CaseFactory(**{"team": self.team, "customer": self.customer} | fields)

    def about(self):
        return {
            "customer": self.customer,
            "case": self.case(),
            "interaction": InteractionFactory(customer=self.customer),
        }

    def task(self, **fields):
        return TaskFactory(**{"assignee": self.agent, "due_at": self.at + 9 * DAY} | fields)

    def promise(self, **fields):
        given = {"customer": self.customer, "made_by": self.agent, "due_at": self.at + DAY}
        return PromiseFactory(**given | fields)


def page(name, world, query=""):
    """What a world's reader opens: the page of this name, of the row that the world tells."""

    def read():
        reader, *about = world()
        return reader, reverse(f"crm:{name}", args=about) + query

    return read


def worlds(name, *made, query=""):
    return {f"{name}{query} {world.__name__}": page(name, world, query) for world in made}


def nobody():
    return (UserFactory(roles=["agent"]),)


# --- Tasks ----------------------------------------------------------------------------------------


def listed_tasks():
    """Tasks of every kind, priority and state, in the pool and late."""
    desk = Desk()
    for kind in ("follow_up", "callback", "review", "other"):
        desk.task(kind=kind, **desk.about())
    for priority in ("low", "high", "urgent"):
        desk.task(priority=priority, due_at=desk.at - DAY)
    desk.task(due_at=timezone.localtime(desk.at).replace(hour=23, minute=58))
    TaskFactory(team=desk.team, due_at=desk.at + DAY)
    for finish in (tasks.complete_task, tasks.cancel_task):
        finish(task=desk.task(), by=desk.agent, at=desk.at)
    view = {"query": "view=team", "by": desk.agent, "at": desk.at}
    saved.save_view(page="tasks", name="Pool", **view)
    saved.save_view(page="tasks", name="All", scope="shared", **view | {"by": desk.supervisor})
    return (desk.agent,)


def late_task():
    desk = Desk()
    task = desk.task(due_at=desk.at - DAY, priority="high", made_by=desk.agent, **desk.about())
    Task.objects.filter(pk=task.pk).update(reminder_at=desk.at, reminded_at=desk.at)
    return desk.agent, task.pk


def pooled_task():
    desk = Desk()
    return desk.agent, TaskFactory(team=desk.team, reminder_at=desk.at).pk


def done_task():
    desk = Desk()
    task = desk.task(priority="urgent")
    tasks.complete_task(task=task, by=desk.agent, at=desk.at, result="They are back.")
    return desk.agent, task.pk


def canceled_task():
    desk = Desk()
    task = desk.task()
    tasks.cancel_task(task=task, by=desk.agent, at=desk.at)
    Task.objects.update(completed_by=None)
    return desk.agent, task.pk


# --- Promises -------------------------------------------------------------------------------------


def settled(desk):
    """A promise in each state, by hand and by a call."""
    kept, late, gone, open_late, by_call, broken = (
        desk.promise(kind=kind, due_at=desk.at + HOUR, made_at=desk.at - DAY)
        for kind in ("call_back", "send", "fix", "refund", "other", "other")
    )
    how = {"by": desk.agent, "at": desk.at}
    promises.keep_promise(promise=kept, proof="Called them.", **how)
    over = {"due_at": desk.at - HOUR, "expires_at": desk.at - HOUR}
    Promise.objects.filter(pk__in=[late.pk, broken.pk, open_late.pk]).update(**over)
    promises.keep_promise(promise=Promise.objects.get(pk=late.pk), proof="Sent it.", **how)
    promises.withdraw_promise(promise=gone, reason="They need it no more.", **how)
    row = InteractionFactory(customer=desk.customer)
    proof = {"state": "kept", "settled_at": desk.at, "proof_interaction": row}
    Promise.objects.filter(pk=by_call.pk).update(**proof)
    Promise.objects.filter(pk=broken.pk).update(state="broken", settled_at=desk.at)
    return {"kept": kept, "late": late, "gone": gone, "call": by_call, "broken": broken}


def listed_promises():
    desk = Desk()
    settled(desk)
    desk.promise(**desk.about())
    return (desk.agent,)


def one_promise(name):
    def world():
        desk = Desk()
        return desk.agent, settled(desk)[name].pk

    world.__name__ = name
    return world


def open_promise():
    desk = Desk()
    row = desk.promise(grace_seconds=900, **desk.about())
    return desk.agent, row.pk


def with_calendar():
    desk = Desk()
    BusinessCalendarFactory()
    return (desk.agent,)


# --- Cases ----------------------------------------------------------------------------------------

TARGETS = {"first_response": 1800, "next_response": 1800, "resolution": 3600}
RULES = [
    {"field": "priority", "operator": "at_most", "value": "low"},
    {"field": "kind", "operator": "in", "value": ["request", "complaint"]},
    {"field": "channel", "operator": "is_not", "value": "email"},
    {"field": "language", "operator": "not_empty"},
    {"field": "custom.amount", "operator": "at_most", "value": "5"},
    {"field": "subject", "operator": "contains", "value": "refund"},
]


def policies():
    """One policy for each rule that does not fit, and one that fits every case."""
    for position, rule in enumerate(RULES):
        SlaPolicyFactory(position=position + 1, targets__conditions={"all": [rule]})
    SlaPolicyFactory(position=90, targets__conditions={"any": RULES[:2]})
    SlaPolicyFactory(position=99, targets=TARGETS)


def own_fields():
    CustomFieldDefinitionFactory(target="case", key="amount", label="Amount", type="decimal")
    CustomFieldDefinitionFactory(
        target="case", key="urgent", label="Hot", type="boolean", is_filterable=True
    )


def listed_cases():
    """Cases of every kind, priority and status, late and not."""
    desk = Desk()
    own_fields()
    for kind in ("question", "request", "problem", "complaint", "service_recovery", "other"):
        desk.case(kind=kind, assignee=desk.agent, custom={"urgent": True}, channel="email")
    for priority in ("low", "high", "urgent"):
        desk.case(priority=priority, is_breached=True, next_due_at=desk.at - HOUR, customer=None)
    desk.case(next_due_at=desk.at + HOUR, customer=CustomerFactory(is_vip=True))
    for category in ("waiting", "resolved", "closed"):
        desk.case(status=CaseStatusFactory(name=category.upper(), category=category))
    return desk


def agents_cases():
    return (listed_cases().agent,)


def supervisors_cases():
    return (listed_cases().supervisor,)


def opened(desk, **fields):
    """A case that a customer opened two days ago, under a policy."""
    told = {"subject": "Parcel", "team": desk.team, "customer": desk.customer}
    told |= {"is_from_customer": True, "assignee": desk.agent, "channel": "email"}
    at = desk.at - 2 * DAY
    return cases.open_case(**told | fields, by=desk.agent, at=at)


def full_case():
    """A case with all that can hang on one, some of it told late."""
    desk = Desk()
    own_fields()
    policies()
    desk.customer.is_vip = True
    desk.customer.save()
    how = {"by": desk.agent, "at": desk.at}
    talk = InteractionFactory(customer=desk.customer, started_at=desk.at - DAY)
    case = opened(desk, description="It is lost.", custom={"amount": "9.50", "urgent": True})
    case_links.link_interaction(case=case, interaction=talk, **how)
    say = {"case": case, **how}
    case_messages.record_message(speaker="customer", body="Where is it?", **say)
    case_messages.record_message(speaker="agent", body="On its way.", **say)
    note = case_messages.write_note(body="Ask.", mentions=[desk.colleague], **say)
    case_messages.pin_note(note=note, is_pinned=True, **how)
    case_messages.change_note(note=note, body="Ask again.", **how)
    case_messages.write_note(case=case, body="Done.", by=None, at=desk.at)
    tags.tag_record(record=case, name="Lost", **how)
    cases.change_case(case=case, changes={"priority": "urgent", "queue": None}, **how)
    waiting = CaseStatusFactory(name="With the carrier", category="waiting")
    cases.move_case(case=case, status=waiting, **how)
    MacroFactory(owner=desk.agent, actions=[{"do": "note", "value": "Hm"}] * 2)
    MacroFactory(owner=desk.agent, actions=[{"do": "assign", "value": "me"}])
    CannedReplyFactory(owner=desk.agent)
    for row in (desk.task(case=case), TaskFactory(case=case, team=desk.team)):
        assert row.is_open
    desk.promise(case=case)
    Case.objects.filter(pk=case.pk).update(follow_up_of=desk.case())
    desk.case(follow_up_of=case)
    clock_actions.note_breaches(at=desk.at)
    return desk, case


def own_case():
    desk, case = full_case()
    return desk.agent, case.pk


def team_case():
    desk, case = full_case()
    return desk.supervisor, case.pk


def resolved_case():
    """Resolved late, its misses excused, reopened by the customer and resolved again."""
    desk, case = full_case()
    how = {"by": desk.supervisor, "at": desk.at}
    cases.resolve_case(case=case, **how)
    case_messages.record_message(case=case, speaker="customer", body="No.", **how)
    cases.resolve_case(case=case, **how)
    for clock in SlaClock.objects.filter(case=case, breached_at__isnull=False):
        clock_actions.excuse_breach(clock=clock, reason="The carrier was late.", **how)
    return desk, case


def excused_case():
    desk, case = resolved_case()
    return desk.agent, case.pk


def closed_case():
    desk, case = resolved_case()
    cases.close_case(case=case, by=None, at=desk.at)
    return desk.supervisor, case.pk


def bare_case():
    """Without anything, unassigned and without a policy."""
    desk = Desk()
    return desk.agent, desk.case(customer=None).pk


def running_case():
    """Two fresh cases, of which one is nearly due."""
    desk = Desk()
    policies()
    told = {"subject": "Parcel", "team": desk.team, "customer": desk.customer}
    case = cases.open_case(**told, by=desk.colleague, at=desk.at - 50 * HOUR / 60)
    return desk.agent, case.pk


def merged_case():
    desk, case = full_case()
    into = opened(desk)
    reason = "They ask for the same parcel."
    case_links.merge_cases(case=case, into=into, reason=reason, by=desk.agent, at=desk.at)
    return desk.agent, case.pk


def split_case():
    desk = Desk()
    talk = InteractionFactory(customer=desk.customer)
    case = opened(desk, interactions=[talk])
    told = {"interactions": [talk], "subject": "Refund", "by": desk.agent, "at": desk.at}
    case_links.split_case(case=case, **told)
    return desk.agent, case.pk


def case_with_talk():
    desk, case = full_case()
    case_links.link_interaction(
        case=case, interaction=InteractionFactory(), reason="One family.", by=desk.agent, at=desk.at
    )
    return desk.supervisor, case.pk


def new_from_talk():
    talk = InteractionFactory(subject="Parcel", customer=CustomerFactory())
    own_fields()
    return UserFactory(roles=["admin"]), talk.reference


def from_talk():
    reader, reference = new_from_talk()
    return reader, f"{reverse('crm:case_new')}?from={reference}"


def missed_case():
    desk, case = full_case()
    Case.objects.filter(pk=case.pk).update(assignee=desk.colleague)
    return desk.supervisor, case.pk


def figures():
    return (resolved_case()[0].agent,)


# --- Acts on lists, macros and canned replies -----------------------------------------------------


def shared_work():
    """Macros and replies of one's own, of the team and of everybody."""
    desk = Desk()
    kinds = ({"scope": "personal"}, {"scope": "team", "team": desk.team}, {"scope": "shared"})
    steps = "status priority assign note reply task".split()
    for kind in kinds:
        given = {"owner": desk.agent, **kind}
        macro = MacroFactory(actions=[{"do": do, "value": "low"} for do in steps], **given)
        reply = CannedReplyFactory(**given)
    return desk.agent, macro, reply


def listed_work():
    return shared_work()[:1]


def one_macro():
    reader, macro, _ = shared_work()
    return reader, macro.pk


def one_reply():
    reader, _, reply = shared_work()
    return reader, reply.pk


def agents_desk():
    return (listed_cases().agent,)


def bulk_run(**fields):
    def world():
        desk = Desk()
        given = {"kind": "cases", "act": "tag_case", "ordered_by": desk.agent, "total": 5}
        run = BulkRunFactory(**given | fields)
        for message in (bulk.NOT_HERE, "Enter the name of a tag."):
            run.refusals.create(target_id=1, reference="K-0000001", message=message)
        return desk.agent, run.pk

    world.__name__ = fields["state"]
    return world


WORLDS = {
    **worlds("macro_list", listed_work, nobody),
    **worlds("macro_list", listed_work, query="?unused=1"),
    **worlds("macro_new", listed_work),
    **worlds("macro_edit", one_macro),
    **worlds("reply_new", listed_work),
    **worlds("reply_edit", one_reply),
    **worlds("bulk_new", agents_desk, supervisors_cases, query="?kind=cases&query=state%3Dany"),
    **worlds("bulk_new", agents_desk, query="?kind=interactions&query="),
    **worlds("bulk_new", agents_desk, query="?kind=customers&query="),
    **worlds(
        "bulk_detail",
        bulk_run(state="running"),
        bulk_run(state="finished", finished_at=timezone.now()),
        bulk_run(state="failed", message="There is no such tag.", finished_at=timezone.now()),
    ),
    **worlds("case_list", agents_cases, supervisors_cases, nobody),
    **worlds("case_list", agents_cases, nobody, query="?view=board"),
    **worlds(
        "case_list",
        agents_cases,
        query="?state=any&whose=mine&priority=normal&kind=problem&late=yes&order=opened_at",
    ),
    **worlds("case_list", agents_cases, query="?state=any&columns=queue&columns=kind&columns=gone"),
    **worlds("case_list", agents_cases, query="?state=any&columns=opened&columns=custom_urgent"),
    **worlds("case_list", agents_cases, query="?state=wrong"),
    **worlds("case_figures", figures, nobody),
    **worlds("case_new", nobody),
    "case_new from_talk": from_talk,
    **worlds("case_edit", own_case),
    **worlds(
        "case_detail",
        *(own_case, team_case, excused_case, closed_case),
        *(bare_case, running_case, merged_case, split_case),
    ),
    **worlds("case_merge", own_case),
    **worlds("case_split", case_with_talk),
    **worlds("case_clocks", own_case, team_case, excused_case, missed_case, bare_case),
    **worlds("case_clocks", running_case, missed_case, query="?hours=1&calendar="),
    **worlds("case_clocks", running_case, excused_case, query="?hours=90&calendar="),
    **worlds("task_list", listed_tasks, nobody),
    **worlds("task_list", listed_tasks, nobody, query="?view=team"),
    **worlds("task_list", listed_tasks, nobody, query="?view=overdue"),
    **worlds("task_list", listed_tasks, nobody, query="?view=done"),
    **worlds("task_new", nobody),
    **worlds("task_detail", late_task, pooled_task, done_task, canceled_task),
    **worlds("task_edit", late_task),
    **worlds("promise_list", listed_promises, nobody),
    **worlds("promise_list", listed_promises, query="?view=mine"),
    **worlds("promise_list", listed_promises, query="?view=broken"),
    **worlds("promise_list", listed_promises, query="?view=settled"),
    **worlds("promise_new", nobody, with_calendar),
    **worlds(
        "promise_detail", open_promise, *map(one_promise, "kept late gone call broken".split())
    ),
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_cases_is_ours_and_unmarked(client, monkeypatch, world):
    reader, path = WORLDS[world]()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page.status_code == (400 if "wrong" in world else 200)
    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_in_cases(client, world):
    assert english_left(in_spanish(client, *WORLDS[world]()).content.decode()) == set()


def answered(client, reader, path, **given):
    """The page that a Spanish reader gets for what they sent."""
    in_spanish(client, reader, path)
    return client.post(path, given).content.decode()


def test_task_is_refused_in_spanish(client):
    desk = Desk()
    told = {"title": "Call", "kind": "review", "priority": "low", "due_at": "2030-01-01T10:00"}
    both = {"assignee": desk.agent.pk, "team": desk.team.pk}
    path = reverse("crm:task_new")
    shown = answered(client, desk.agent, path, **told, **both, case="K-99")

    assert "No hay ningún K-… con ese número que usted pueda ver." in shown
    shown = answered(client, desk.agent, path, **told, **both)
    assert "Asigne la tarea a una persona o a un equipo" in shown
    reader, path = page("task_complete", done_task)()
    assert "Esta tarea ya está hecha." in answered(client, reader, path)


def test_promise_is_refused_in_spanish(client):
    reader, path = page("promise_new", nobody)()
    told = {"text": "call back", "kind": "send", "grace_seconds": "0"}
    shown = answered(client, reader, path, **told)

    assert "Diga a quién se le prometió." in shown
    assert "Elija un día o escriba «para el viernes»." in shown
    reader, path = page("promise_withdraw", one_promise("gone"))()
    assert "Dé un motivo de al menos 10" in answered(client, reader, path, reason="no")
    shown = answered(client, reader, path, reason="They need it no more.")
    assert "Este compromiso ya está retirado." in shown


def test_case_is_refused_in_spanish(client):
    desk, case = full_case()
    told = {"subject": "Parcel", "team": desk.team.pk, "kind": "other", "priority": "low"}
    page = {"client": client, "reader": desk.agent}
    names = "case_move case_edit case_merge case_link".split()
    path = {name: reverse(f"crm:{name}", args=[case.pk]) for name in names}
    closed = CaseStatusFactory(name="Closed", category="closed").pk
    other = InteractionFactory(customer=CustomerFactory())

    shown = answered(path=path["case_move"], status=closed, **page)
    assert "Un caso en estado «with the carrier» solo puede pasar a abierto o en espera" in shown
    shown = answered(path=path["case_edit"], version=0, **told, **page)
    assert "Alguien cambió este caso entretanto." in shown
    shown = answered(path=path["case_merge"], into=case.reference, reason="They are one.", **page)
    assert "Un caso no se combina consigo mismo." in shown
    shown = answered(path=path["case_merge"], into=desk.case().reference, reason="One.", **page)
    assert "Dé un motivo de al menos 10 caracteres." in shown
    other.legs.create(agent=desk.agent, position=1)
    shown = answered(path=path["case_link"], interaction=other.reference, **page)
    assert "Esto trata de otro cliente." in shown


def test_macro_that_stops_says_so_in_spanish(client):
    desk, case = full_case()
    macro = MacroFactory(owner=desk.agent, actions=[{"do": "reply", "value": "999"}])
    path = reverse("crm:case_macro", args=[case.pk])

    shown = answered(client, desk.agent, path, macro=macro.pk)

    assert "Paso 1, responder con una respuesta preparada: Esta respuesta preparada ya" in shown


def test_case_that_waits_for_a_cause_says_so_in_spanish(client, monkeypatch):
    desk, case = full_case()
    missing = [lambda case: [str(alerts.CauseAndActionMissing())]]
    monkeypatch.setattr(closing, "_guards", missing)
    resolved = CaseStatusFactory(name="Resolved", category="resolved")
    path = reverse("crm:case_move", args=[case.pk])

    shown = answered(client, desk.agent, path, status=resolved.pk)

    assert "Elija una causa raíz y describa qué se hizo." in shown


def test_causes_of_clocks_are_told_in_spanish_and_stay_english(client):
    desk, case = full_case()
    other = opened(desk)
    told = {"reason": "They are one and the same.", "by": desk.agent, "at": desk.at}
    case_links.merge_cases(case=case, into=other, **told)
    shown = in_spanish(client, desk.agent, reverse("crm:case_clocks", args=[case.pk]))

    assert f"Combinado con {other.reference}" in shown.content.decode()
    with translation.override("es"):
        assert clock_causes.in_words("Changed: priority, queue_id") == "Cambió: prioridad, cola"
        assert clock_causes.in_words("Waiting for others") == "En espera de otros"
        assert clock_causes.in_words("With the carrier") == "With the carrier"
    assert clock_causes.in_words("Changed: priority, queue_id") == "Changed: priority, queue_id"


def test_macro_and_reply_are_refused_in_spanish(client):
    desk = Desk()
    told = {"name": "M", "scope": "personal", "do": "priority", "value": "huge"}
    shown = answered(client, desk.agent, reverse("crm:macro_new"), **told)
    assert "Paso 1: una prioridad es low, normal, high, urgent." in shown
    told = {"name": "R", "scope": "shared", "shortcut": "/r", "body": "Hi"}
    shown = answered(client, desk.agent, reverse("crm:reply_new"), **told)
    assert "Pida a un supervisor que lo comparta con todos." in shown


def test_act_on_a_list_is_refused_in_spanish(client):
    (reader,) = agents_desk()
    path = f"{reverse('crm:bulk_new')}?kind=cases&query=state%3Dany"

    shown = answered(client, reader, path, act="queue_case", argument="Nowhere")

    assert "13 filas. Cada una se consulta por sí misma" in shown
    assert "No hay tal cola en uso. Escriba su nombre." in shown


def test_what_a_case_keeps_stays_english(client):
    desk = Desk()
    CaseStatus.objects.all().delete()
    told = {"subject": "Parcel", "team": desk.team.pk, "kind": "problem", "priority": "low"}

    answered(client, desk.agent, reverse("crm:case_new"), **told, customer=desk.customer.reference)

    assert CaseStatus.objects.get().name == "Open"
    kept = desk.customer.timeline_entries.get()
    assert (kept.title, kept.summary[-9:]) == ("Case opened", ", problem")


def test_what_a_promise_tells_the_timeline_stays_english(client):
    reader, path = page("promise_keep", open_promise)()
    in_spanish(client, reader, path)

    client.post(path, {"proof": "Called."})

    promise = Promise.objects.get(made_by=reader)
    told = promise.customer.timeline_entries.order_by("at").values_list("title", "summary")
    assert ("Promise kept", "Call back") in list(told)


def test_search_tells_the_status_of_a_case_in_spanish(client):
    desk = Desk()
    case = desk.case(subject="Lost parcel")

    shown = in_spanish(client, desk.agent, reverse("crm:search") + "?q=parcel")

    assert f"{case.reference}, Nuevo" in shown.content.decode()
