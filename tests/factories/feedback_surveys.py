"""The smallest valid rows of surveys."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from feedback import models
from feedback.questionnaire import sha256_of
from feedback.survey_templates import TEMPLATES
from tests.factories.accounts import UserFactory
from tests.factories.crm import CustomerFactory

AT = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


class SurveyFactory(DjangoModelFactory):
    class Meta:
        model = models.Survey

    code = factory.Sequence(lambda n: f"survey_{n}")
    name = factory.Sequence(lambda n: f"Survey {n}")
    kind = "csat"
    state = "live"


class SurveyVersionFactory(DjangoModelFactory):
    """A published version of the satisfaction template."""

    class Meta:
        model = models.SurveyVersion

    survey = factory.SubFactory(SurveyFactory)
    number = 1
    state = "published"
    content = factory.LazyFunction(lambda: deepcopy(TEMPLATES["csat"].content))
    content_sha256 = factory.LazyAttribute(lambda version: sha256_of(version.content))
    published_at = AT
    published_by = factory.SubFactory(UserFactory)


class CollectorFactory(DjangoModelFactory):
    class Meta:
        model = models.Collector

    survey = factory.LazyFunction(lambda: SurveyVersionFactory().survey)
    name = "Counter"
    slug = factory.Sequence(lambda n: f"open-link-{n:012d}")
    opens_at = AT - timedelta(days=1)


class AnnotationFactory(DjangoModelFactory):
    class Meta:
        model = models.Annotation

    survey = factory.SubFactory(SurveyFactory)
    on_date = AT.date()
    text = "New release"
    by = factory.SubFactory(UserFactory)


class ProgramFactory(DjangoModelFactory):
    class Meta:
        model = models.Program

    name = factory.Sequence(lambda n: f"Program {n}")
    survey = factory.LazyFunction(lambda: SurveyVersionFactory().survey)
    salt = "s1"
    channels = ["email"]
    state = "live"
    live_at = AT - timedelta(days=1)


class FrequencyRuleFactory(DjangoModelFactory):
    class Meta:
        model = models.FrequencyRule


class SendDecisionFactory(DjangoModelFactory):
    class Meta:
        model = models.SendDecision

    program = factory.SubFactory(ProgramFactory)
    subject = factory.Sequence(lambda n: f"asked:{n}")
    decided_at = AT
    outcome = "not_sampled"
    reason = "Drawn 0.9, not below 0.5."


class SuppressionFactory(DjangoModelFactory):
    class Meta:
        model = models.Suppression

    address_hmac = factory.Sequence(lambda n: f"{n:064d}")
    reason = "opt_out"
    at = AT


class InvitationFactory(DjangoModelFactory):
    """A sent invitation that is open until two weeks after AT."""

    class Meta:
        model = models.Invitation

    reference = factory.Sequence(lambda n: f"{n:08d}")
    version = factory.SubFactory(SurveyVersionFactory)
    survey = factory.SelfAttribute("version.survey")
    customer = factory.SubFactory(CustomerFactory)
    channel = "email"
    state = "sent"
    due_at = AT
    sent_at = AT
    message_id = "<1@attune.example>"
    expires_at = AT + timedelta(days=14)
    disposition = "NC"


class InvitationTokenFactory(DjangoModelFactory):
    class Meta:
        model = models.InvitationToken

    invitation = factory.SubFactory(InvitationFactory)
    token_hash = factory.Sequence(lambda n: f"{n:064d}")
    purpose = "first"
    minted_at = AT


class InvitationCreditFactory(DjangoModelFactory):
    class Meta:
        model = models.InvitationCredit

    invitation = factory.SubFactory(InvitationFactory)
    agent = factory.SubFactory(UserFactory)
    weight = 1


class VisitFactory(DjangoModelFactory):
    class Meta:
        model = models.Visit

    at = AT
    method = "GET"
    page = "link"
    client_class = "browser"
    verdict = "unknown"


class VisitCountFactory(DjangoModelFactory):
    class Meta:
        model = models.VisitCount

    on_date = AT.date()
    verdict = "automated"


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = models.Draft

    invitation = factory.SubFactory(InvitationFactory)


class ResponseFactory(DjangoModelFactory):
    class Meta:
        model = models.Response

    invitation = factory.SubFactory(InvitationFactory, state="answered", disposition="I")
    survey = factory.SelfAttribute("invitation.survey")
    version = factory.SelfAttribute("invitation.version")
    state = "accepted"
    channel = "email"
    submitted_at = AT
    submitted_on = date(2026, 3, 10)


class AnswerFactory(DjangoModelFactory):
    class Meta:
        model = models.Answer

    response = factory.SubFactory(ResponseFactory)
    question = "csat"


class AnswerHistoryFactory(DjangoModelFactory):
    class Meta:
        model = models.AnswerHistory

    response = factory.SubFactory(ResponseFactory)
    at = AT
    reason = "superseded_suspect"


class StateChangeFactory(DjangoModelFactory):
    class Meta:
        model = models.StateChange

    response = factory.SubFactory(ResponseFactory)
    from_state = "new"
    to_state = "accepted"
    at = AT


class TallyFactory(DjangoModelFactory):
    class Meta:
        model = models.Tally

    survey = factory.SubFactory(SurveyFactory)
    on_date = AT.date()
    question = "csat"
    key = "5"


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = models.Topic

    code = factory.Sequence(lambda n: f"topic_{n}")
    name = factory.Sequence(lambda n: f"Topic {n}")
    phrases = "late*"


class CommentLabelFactory(DjangoModelFactory):
    class Meta:
        model = models.CommentLabel

    response = factory.SubFactory(ResponseFactory)
    topic = factory.SubFactory(TopicFactory)
    at = AT


class AlertRuleFactory(DjangoModelFactory):
    class Meta:
        model = models.AlertRule

    name = factory.Sequence(lambda n: f"Rule {n}")


class AlertFactory(DjangoModelFactory):
    class Meta:
        model = models.Alert

    rule = factory.SubFactory(AlertRuleFactory)
    response = factory.SubFactory(ResponseFactory)
    survey = factory.SelfAttribute("response.survey")
    on_date = AT.date()


class RootCauseFactory(DjangoModelFactory):
    class Meta:
        model = models.RootCause

    code = factory.Sequence(lambda n: f"cause_{n}")
    name = factory.Sequence(lambda n: f"Cause {n}")


class RecoveryFactory(DjangoModelFactory):
    class Meta:
        model = models.Recovery

    alert = factory.SubFactory(AlertFactory)
    opened_at = AT
    due_at = AT + timedelta(hours=4)
    metric = "csat"
    before_value = 1
