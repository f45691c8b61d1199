"""The smallest valid rows of accounts."""

from datetime import UTC, date, datetime, timedelta

import factory
from django.utils import timezone

from accounts import audit, tokens
from accounts.actions.calendars import Hours, create_calendar
from accounts.models import (
    AccessEntry,
    AccessReview,
    AccountInvitation,
    AgentKey,
    ApiToken,
    AuditAnchor,
    AuditEntry,
    AuditHead,
    AuditPayload,
    BusinessCalendar,
    CalendarVersion,
    CodeStep,
    RightGrant,
    SignInCounter,
    SignInIdentity,
    Team,
    TeamMembership,
    User,
    role_group,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ALWAYS_OPEN = Hours("UTC", {str(day): [["00:00", "24:00"]] for day in range(7)})


class UserFactory(factory.django.DjangoModelFactory):
    """A person without roles; `roles=["agent", ...]` gives some."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@attune.example")
    full_name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password("correct horse battery")

    @factory.post_generation
    def roles(self, create, names, **kwargs):
        if names:
            self.groups.set([role_group(name) for name in names])


class TeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")


class TeamMembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TeamMembership

    user = factory.SubFactory(UserFactory)
    team = factory.SubFactory(TeamFactory)
    kind = "agent"
    starts_at = LONG_AGO


class AgentKeyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AgentKey

    source = "pbx-1"
    key = factory.Sequence(lambda n: f"agent-{n}")
    user = factory.SubFactory(UserFactory)
    starts_at = LONG_AGO


class RightGrantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RightGrant

    user = factory.SubFactory(UserFactory)
    granted_by = factory.SubFactory(UserFactory)
    right = "quality.manage_scorecards"
    from_at = LONG_AGO
    reason = "Builds the billing scorecard."


class AuditEntryFactory(factory.django.DjangoModelFactory):
    """An unsealed entry written as every verb writes it."""

    class Meta:
        model = AuditEntry

    verb = "rename_team"
    record = factory.SubFactory(TeamFactory)
    by = factory.SubFactory(UserFactory)
    at = LONG_AGO

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return audit.record(**kwargs)


class AuditPayloadFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AuditPayload

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return AuditEntryFactory(**kwargs).payload


class AuditHeadFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AuditHead

    hash = "0" * 64


class AuditAnchorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AuditAnchor

    on_date = date(2026, 3, 16)
    sequence = 0
    head = "0" * 64
    seal = "0" * 64


class AccessEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AccessEntry

    at = LONG_AGO
    actor = factory.SubFactory(UserFactory)
    kind = "viewed_transcript"
    object_type = "crm.interaction"
    object_id = "1"


class ApiTokenFactory(factory.django.DjangoModelFactory):
    """A token in force; `token.text` is what a program sends."""

    class Meta:
        model = ApiToken

    owner = factory.SubFactory(UserFactory)
    issued_by = factory.SelfAttribute("owner")
    name = "Sync"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=90))

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        public_id, digest, text = tokens.mint()
        made = super()._create(
            model_class, *args, public_id=public_id, secret_sha256=digest, **kwargs
        )
        made.text = text
        return made


class BusinessCalendarFactory(factory.django.DjangoModelFactory):
    """A calendar with a current version; `told=Hours(…)` gives other ones than all of the time."""

    class Meta:
        model = BusinessCalendar

    name = factory.Sequence(lambda n: f"Calendar {n}")

    @classmethod
    def _create(cls, model_class, *args, told=ALWAYS_OPEN, **kwargs):
        return create_calendar(told=told, by=None, at=LONG_AGO, **kwargs)


class CalendarVersionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CalendarVersion

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return BusinessCalendarFactory(**kwargs).current


class AccountInvitationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AccountInvitation

    email = factory.Sequence(lambda n: f"guest{n}@attune.example")
    token_sha256 = factory.Sequence(lambda n: f"{n:064}")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=72))
    invited_by = factory.SubFactory(UserFactory)


class SignInCounterFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SignInCounter

    login_hash = factory.Sequence(lambda n: f"{n:064}")
    network = "203.0.113.0/24"


class CodeStepFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CodeStep

    user = factory.SubFactory(UserFactory)


class SignInIdentityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SignInIdentity

    user = factory.SubFactory(UserFactory)
    issuer = "https://id.example"
    subject = factory.Sequence(lambda n: f"subject-{n}")
    last_used_at = factory.LazyFunction(timezone.now)


class AccessReviewFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AccessReview

    reviewer = factory.SubFactory(UserFactory)
    at = factory.LazyFunction(timezone.now)
    people = 1
    digest = "0" * 64
