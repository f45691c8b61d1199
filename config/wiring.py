"""The single page that joins the apps: who reacts to which fact, and whose panel stands where."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Min
from django.urls import reverse
from django.utils import timezone

from accounts import audit as accounts_audit
from accounts import letters, permissions
from accounts.events import (
    CalendarChanged,
    MembershipChanged,
    RoleEnded,
    RoleGranted,
    UserDeactivated,
    UserErased,
    UserJoined,
    UserReactivated,
)
from accounts.models import AuditEntry, SignInCounter, User
from config import (
    announced_facts,
    recognition_facts,
    safety,
    search_sources,
    start_cards,
    start_cases,
    start_news,
    start_quality,
    start_sources,
)
from config.schedules import SCHEDULES
from crm import access as crm_access
from crm import case_timeline, saved_pages, timeline
from crm import closing as case_closing
from crm import handlers as crm_handlers
from crm import letters as crm_letters
from crm import reading as crm_reading
from crm import timeline_kinds as crm_timeline_kinds
from crm.events import (
    AgentStatesRecorded,
    CaseResolved,
    CustomersMerged,
    DispositionSet,
    ImportFinished,
    ImportTakenBack,
    InteractionChanged,
    InteractionRecorded,
    MergeUndone,
    TranscriptAdded,
)
from crm.merging import own as crm_merging
from crm.merging import rules as merge_rules
from crm.merging.rules import MergeRule
from crm.models import Interaction
from crm.privacy import erasing as crm_erasing
from crm.privacy import exporting as crm_exporting
from crm.privacy import rules as privacy
from crm.privacy.rules import Eraser, Exporter
from crm.redaction import redact
from feedback import events as survey_events
from feedback import (
    recognition_access,
    recognition_handlers,
    recognition_letters,
    survey_access,
    survey_handlers,
    survey_letters,
    survey_timeline,
)
from feedback.actions import alerts as survey_alerts
from feedback.actions import keeping as survey_keeping
from feedback.recognition_events import KudosEnded, KudosPosted
from lib import charts, events, masking, panels
from lib.sentences import said
from ops import (
    access,
    audit,
    facts,
    files,
    jobs,
    mail,
    metrics,
    schedules,
    status,
)
from quality import handlers as quality_handlers
from quality import letters as quality_letters
from quality import privacy as quality_privacy
from quality import timeline as quality_timeline
from quality.actions import signals as quality_signals
from quality.events import (
    CoachingRequested,
    EvaluationChanged,
    EvaluationFinalized,
    EvaluationVoided,
)
from quality.models import Evaluation
from quality.models import references as quality_references
from reports import access as report_access
from reports import handlers as report_handlers
from reports import letters as report_letters
from reports import privacy as report_privacy
from training import access as training_access
from training import handlers as training_handlers
from training import letters as training_letters
from training.actions import qualification as training_qualification
from training.events import (
    CertificateIssued,
    CertificateRevoked,
    EnrollmentCompleted,
    EvaluatorQualificationEnded,
    EvaluatorQualified,
)


def connect() -> None:
    """Called once when Django has loaded every app."""
    masking.use_redactor(redact)
    connect_ops()
    safety.connect()
    connect_metrics()
    connect_accounts()
    announced_facts.connect()
    connect_crm()
    connect_quality()
    connect_feedback()
    connect_training()
    connect_reports()
    search_sources.connect()
    start_quality.connect()
    start_sources.connect()
    start_cards.connect()
    start_news.connect()


def connect_ops() -> None:
    """What ops needs from above, and the jobs and schedules of all apps."""
    access.use_scope(permissions.scope)
    audit.use_writer(accounts_audit.record)
    audit.use_trail(audit_trail_url)
    events.use_durable_sink(facts.enqueue_handlers)
    jobs.discover()
    schedules.use(SCHEDULES)


def connect_metrics() -> None:
    """Figures of other apps that /metrics shows."""
    status.use_check("seal", "Seal of the audit trail", "deploy", seal_lag)
    metrics.use_gauge("attune_audit_unsealed", "Audit entries without a seal.", count_unsealed)
    metrics.use_gauge("attune_sign_in_locks", "Logins locked now.", count_locks)


LONGEST_SEAL_LAG_SECONDS = 300


def seal_lag(now: datetime) -> tuple[bool, str]:
    """Whether audit entries wait for their seal longer than a few minutes."""
    first = AuditEntry.objects.unsealed().aggregate(first=Min("at"))["first"]
    if first is None:
        return True, ""
    seconds = max(0, (now - first).total_seconds())
    return seconds <= LONGEST_SEAL_LAG_SECONDS, f"The oldest waits for {charts.seconds(seconds)}."


def count_unsealed() -> int:
    return AuditEntry.objects.unsealed().count()


def count_locks() -> int:
    return SignInCounter.objects.filter(locked_until__gt=timezone.now()).count()


def connect_accounts() -> None:
    """The mails about accounts."""
    mail.register("accounts.invitation", letters.invitation)
    mail.register("accounts.security_notice", letters.security_notice)
    mail.register("accounts.guessed", letters.guessed)
    mail.register("accounts.audit_anchor", letters.audit_anchor)
    mail.register("ops.webhook_disabled", letters.webhook_disabled)


def audit_trail_url(label: str, pk: str) -> str:
    """The audit page, narrowed to one record."""
    return f"{reverse('accounts:audit_list')}?{urlencode({'object': f'{label}:{pk}'})}"


def connect_crm() -> None:
    """Who reads the files of crm, and which facts of others it reacts to."""
    start_cases.connect()
    saved_pages.register(
        customers="crm:customer_list",
        organizations="crm:organization_list",
        interactions="crm:interaction_list",
        cases="crm:case_list",
        tasks="crm:task_list",
        promises="crm:promise_list",
    )
    saved_pages.register(
        operations="reports:operations",
        quality_board="reports:quality",
        data_quality="reports:data_quality",
        risk="reports:risk_list",
        voice_board="reports:voice",
        training_board="reports:training",
        recognition_board="reports:recognition",
    )
    files.register_rule("import", crm_access.may_read_import_file)
    files.register_rule("recording", crm_access.may_read_recording_file, crm_reading.note_playing)
    mail.register("crm.clock_warning", crm_letters.clock_warning)
    mail.register("crm.task_reminder", crm_letters.task_reminder)
    events.subscribe(MembershipChanged, crm_handlers.stamp_legs_anew, durable=True)
    events.subscribe(CalendarChanged, crm_handlers.count_clocks_anew, durable=True)
    merge_rules.register(*crm_merging.RULES)
    work = panels.Panel("crm:customer_work", said("Cases, promises, tasks"), "crm.view_case")
    panels.place("customer.side", work)
    panels.place(
        "interaction.side", panels.Panel("crm:interaction_cases", said("Cases"), "crm.view_case")
    )
    timeline.register(case_timeline.CASE, case_timeline.PROMISE)
    noted = panels.Panel("crm:interaction_notes", said("Notes"), "crm.view_interaction")
    panels.place("interaction.side", noted)
    states = panels.Panel("crm:agent_states", said("What the switch says"), "accounts.view_team")
    panels.place("person.side", states)
    uses = panels.Panel("crm:calendar_uses", "Used by", "accounts.manage_calendars")
    panels.place("calendar.side", uses)
    files.register_rule(
        "person_export", crm_access.may_read_person_export, crm_reading.note_person_export
    )
    files.register_rule("list_export", crm_access.may_read_list_export)
    for exporter in crm_exporting.EXPORTERS:
        privacy.register_exporter(exporter)
    for eraser in crm_erasing.ERASERS:
        privacy.register_eraser(eraser)
    timeline.register(*crm_timeline_kinds.KINDS)


def connect_quality() -> None:
    """What quality shows in the pages below it, its mails, and the facts it reacts to."""
    mail.register("quality.assignments_due", quality_letters.assignments_due)
    mail.register("quality.empty_frame", quality_letters.empty_frame)
    mail.register("quality.result_released", quality_letters.result_released)
    mail.register("quality.dispute_moved", quality_letters.dispute_moved)
    mail.register("quality.calibration_due", quality_letters.calibration_due)
    mail.register("quality.rule_fired", quality_letters.rule_fired)
    events.subscribe(EvaluationFinalized, quality_handlers.follow_up_result, durable=True)
    events.subscribe(EvaluationChanged, quality_handlers.follow_up_result, durable=True)
    events.subscribe(TranscriptAdded, quality_handlers.suggest_anew, durable=True)
    events.subscribe(UserDeactivated, quality_handlers.free_work_of, durable=True)
    events.subscribe(UserErased, quality_handlers.forget_person, durable=True)
    name, verb = "quality:interaction_panel", "quality.view_evaluation"
    panels.place("interaction.side", panels.Panel(name, said("Evaluations"), verb))
    events.subscribe(EvaluationFinalized, quality_handlers.tell_timeline, durable=True)
    timeline.register(quality_timeline.EVALUATION)
    for eraser in quality_privacy.erasers():
        privacy.register_eraser(eraser)
    privacy.register_exporter(quality_privacy.EXPORTER)


def connect_feedback() -> None:
    """What surveys and recognition show below, and the facts they react to."""
    recognition_letters.register()
    files.register_rule("reward_image", recognition_access.may_read_reward_image)
    connect_surveys()
    connect_recognition()


def connect_recognition() -> None:
    """The facts of which badges are made, and what happens to points of people who leave."""
    events.subscribe(UserDeactivated, recognition_handlers.freeze_points_of, durable=True)
    events.subscribe(UserReactivated, recognition_handlers.thaw_points_of, durable=True)
    events.subscribe(UserErased, recognition_handlers.forget_person, durable=True)
    events.subscribe(KudosPosted, recognition_handlers.note_kudos, durable=True)
    events.subscribe(KudosEnded, recognition_handlers.forget_kudos, durable=True)
    events.subscribe(EvaluationFinalized, recognition_facts.evaluation_finalized, durable=True)
    events.subscribe(EvaluationChanged, recognition_facts.evaluation_changed, durable=True)
    events.subscribe(EvaluationVoided, recognition_facts.evaluation_voided, durable=True)
    events.subscribe(CertificateIssued, recognition_facts.certificate_issued, durable=True)
    events.subscribe(CertificateRevoked, recognition_facts.certificate_revoked, durable=True)
    received = survey_events.SurveyResponseReceived
    withdrawn = survey_events.SurveyResponseWithdrawn
    events.subscribe(received, recognition_handlers.note_answer, durable=True)
    events.subscribe(withdrawn, recognition_handlers.forget_answer, durable=True)
    relabeled, measured = survey_events.SurveyDriverRelabeled, survey_events.RecoveryMeasured
    events.subscribe(relabeled, recognition_handlers.note_relabeling, durable=True)
    events.subscribe(measured, recognition_handlers.note_recovery, durable=True)


def connect_surveys() -> None:
    """Invitations, what answers tell other areas, and what privacy asks of them."""
    mail.register("feedback.invitation", survey_letters.invitation_mail)
    files.register_rule("survey", survey_access.may_read_survey_file)
    survey_access.use_evaluations(has_evaluated)
    case_closing.register(survey_alerts.missing_of)
    events.subscribe(CaseResolved, survey_handlers.resolve_recovery, durable=True)
    received = survey_events.SurveyResponseReceived
    events.subscribe(received, survey_handlers.follow_up_answer, durable=True)
    events.subscribe(received, note_rating, durable=True)
    events.subscribe(received, survey_handlers.tell_answer, durable=True)
    withdrawn = survey_events.SurveyResponseWithdrawn
    events.subscribe(withdrawn, forget_rating, durable=True)
    events.subscribe(withdrawn, survey_handlers.take_answer_back, durable=True)
    events.subscribe(survey_events.InvitationSent, survey_handlers.tell_invitation, durable=True)
    timeline.register(survey_timeline.INVITATION, survey_timeline.ANSWER)
    name, verb = "feedback:interaction_feedback", "feedback.view_response"
    panels.place("interaction.side", panels.Panel(name, said("Customer feedback"), verb))
    merge_rules.register(
        MergeRule("feedback.Invitation", title=said("survey invitations")),
        MergeRule("feedback.SendDecision", title=said("decisions about surveys")),
        MergeRule("feedback.Alert", title=said("alerts"), alike=("on_date", "survey")),
    )
    privacy.register_exporter(
        Exporter("survey_answers", "Survey answers", survey_keeping.customer_rows)
    )
    privacy.register_eraser(
        Eraser("surveys", "Survey answers and invitations", survey_keeping.erase_customer)
    )


def note_rating(fact: survey_events.SurveyResponseReceived) -> None:
    """Let quality draw and judge by what the customer said."""
    if fact.interaction_id is None or fact.value is None:
        return
    quality_signals.record_signal(
        interaction=Interaction.objects.get(pk=fact.interaction_id),
        kind=fact.metric,
        value=Decimal(fact.value),
        source=f"survey:{fact.response_id}",
        at=fact.at,
    )


def forget_rating(fact: survey_events.SurveyResponseWithdrawn) -> None:
    """An answer that counts no more draws nothing any more."""
    quality_signals.withdraw_signals(source=f"survey:{fact.response_id}", at=fact.at)


def has_evaluated(user: User, interaction_id: int) -> bool:
    """Whether the person submitted an own evaluation of the interaction."""
    mine = Evaluation.objects.filter(evaluator=user, leg__interaction=interaction_id)
    return mine.filter(first_submitted_at__isnull=False).exists()


def connect_training() -> None:
    """What training shows below, its files and mails, and the facts it reacts to."""
    files.register_rule("lesson", training_access.may_read_lesson_file)
    files.register_rule("lesson_image", training_access.may_read_lesson_image)
    files.register_rule("exercise", training_access.may_read_work)
    files.register_rule("certificate", training_access.may_read_certificate)
    files.register_rule("proof", training_access.may_read_proof)
    files.register_rule("scorm", training_access.may_read_package)
    mail.register("training.courses_due", training_letters.courses_due)
    mail.register("training.team_overdue", training_letters.team_overdue)
    mail.register("training.live_seat", training_letters.live_seat)
    events.subscribe(UserDeactivated, training_handlers.free_learning_of, durable=True)
    events.subscribe(UserErased, training_handlers.forget_person, durable=True)
    events.subscribe(MembershipChanged, training_handlers.follow_rules, durable=True)
    events.subscribe(RoleGranted, training_handlers.follow_rules, durable=True)
    events.subscribe(RoleEnded, training_handlers.follow_rules, durable=True)
    events.subscribe(UserJoined, training_handlers.follow_rules, durable=True)
    events.subscribe(UserReactivated, training_handlers.follow_rules, durable=True)
    events.subscribe(EvaluationFinalized, training_handlers.judge_again, durable=True)
    events.subscribe(EvaluationChanged, training_handlers.judge_again, durable=True)
    events.subscribe(EvaluationVoided, training_handlers.judge_again, durable=True)
    hear = training_handlers.hear_customers
    events.subscribe(survey_events.SurveyResponseReceived, hear, durable=True)
    events.subscribe(survey_events.SurveyResponseWithdrawn, hear, durable=True)
    events.subscribe(survey_events.SurveyDriverRelabeled, hear, durable=True)
    events.subscribe(CoachingRequested, training_handlers.plan_requested_coaching, durable=True)
    events.subscribe(EnrollmentCompleted, training_handlers.settle_proposals, durable=True)
    events.subscribe(EnrollmentCompleted, training_handlers.give_certificate, durable=True)
    events.subscribe(EnrollmentCompleted, training_handlers.take_paths_on, durable=True)
    events.subscribe(EnrollmentCompleted, training_handlers.meet_requirements, durable=True)
    events.subscribe(EnrollmentCompleted, training_handlers.prove_skills, durable=True)
    events.subscribe(CertificateIssued, training_handlers.meet_requirements, durable=True)
    events.subscribe(CertificateRevoked, training_handlers.end_evidence_of, durable=True)
    events.subscribe(EvaluatorQualified, quality_handlers.open_gate, durable=True)
    events.subscribe(EvaluatorQualificationEnded, quality_handlers.shut_gate, durable=True)
    learning = panels.Panel(
        "training:agent_panel", said("What follows"), "training.view_own_learning"
    )
    panels.place("agent.results", learning)
    quality_references.use_trainings(training_qualification.trainings_of)


def connect_reports() -> None:
    """The facts that make figures stale."""
    events.subscribe(InteractionRecorded, report_handlers.mark_recorded, durable=False)
    events.subscribe(InteractionChanged, report_handlers.mark_interaction, durable=False)
    events.subscribe(DispositionSet, report_handlers.mark_disposition, durable=True)
    events.subscribe(AgentStatesRecorded, report_handlers.mark_agent_states, durable=True)
    events.subscribe(ImportFinished, report_handlers.mark_import, durable=True)
    events.subscribe(ImportTakenBack, report_handlers.mark_taken_back, durable=True)
    events.subscribe(MembershipChanged, report_handlers.mark_membership, durable=True)
    events.subscribe(UserErased, report_handlers.forget_person, durable=True)
    events.subscribe(CustomersMerged, report_handlers.mark_customers, durable=True)
    events.subscribe(MergeUndone, report_handlers.mark_customers, durable=True)
    files.register_rule(
        "report", report_access.may_read_report_file, report_access.note_report_read
    )
    mail.register("reports.report_ready", report_letters.report_ready)
    merge_rules.register(report_privacy.MERGE_RULE)
    signs = panels.Panel(
        "reports:risk_panel", said("Signs of dissatisfaction"), "crm.view_customer"
    )
    panels.place("customer.side", signs)
    privacy.register_eraser(report_privacy.ERASER)
    privacy.register_exporter(report_privacy.EXPORTER)
