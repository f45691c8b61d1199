"""A walk over everything that has an address, as people who may not see it.

Each address of a row (pages, files, API and admin) is asked with its methods for rows that
`visible_to` keeps from the person. The answer must be the one that a row gets which does not exist,
or a refusal. Each list of the API must hold nothing that is kept from the person, and lead to what
it holds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import resolve
from django.urls.converters import get_converters

from accounts.addresses import places
from accounts.models import User
from accounts.permissions import policy
from crm.models import (
    BulkRun,
    Case,
    Customer,
    ExportRun,
    Interaction,
    Leg,
    Note,
    Organization,
    Promise,
    SavedView,
    SlaClock,
    Task,
)
from feedback.models import (
    Alert,
    FairPlayFlag,
    GrantRequest,
    Invitation,
    Kudos,
    Nomination,
    PraiseDraft,
    Program,
    Recovery,
    Redemption,
    Response,
    Survey,
    SurveyVersion,
)
from ops.models import JobRun, WebhookEndpoint
from quality.models import (
    Assignment,
    CalibrationSession,
    Dispute,
    Draw,
    Evaluation,
    ReferenceEvaluation,
    SamplingPlan,
    Scorecard,
)
from reports.models import ReportRun
from tests.factories.accounts import ApiTokenFactory
from training import models as training

# Rows asked for at each address; FOREIGN_ROWS=10 walks longer.
MOST = int(os.environ.get("FOREIGN_ROWS", "1"))
ROWS: dict[str, type[Model]] = {
    "interactions/": Interaction,
    "customers/": Customer,
    "notes/": Note,
    "organizations/": Organization,
    "bulk/": BulkRun,
    "exports/": ExportRun,
    "agents/": User,
    "views/": SavedView,
    "cases/": Case,
    "tasks/": Task,
    "promises/": Promise,
    "quality/legs/": Leg,
    "quality/interactions/": Interaction,
    "quality/evaluations/": Evaluation,
    "quality/calibrations/": CalibrationSession,
    "quality/disputes/": Dispute,
    "quality/agents/": User,
    "quality/plans/": SamplingPlan,
    "quality/draws/": Draw,
    "quality/assignments/": Assignment,
    "quality/evaluators/": User,
    "quality/references/": ReferenceEvaluation,
    "quality/scorecards/": Scorecard,
    "recognition/kudos/": Kudos,
    "recognition/redemptions/": Redemption,
    "recognition/grants/": GrantRequest,
    "recognition/nominations/": Nomination,
    "recognition/fair-play/": FairPlayFlag,
    "recognition/praise/": PraiseDraft,
    "feedback/surveys/": Survey,
    "feedback/responses/": Response,
    "feedback/interactions/": Interaction,
    "feedback/programs/": Program,
    "feedback/alerts/": Alert,
    "feedback/recoveries/": Recovery,
    "training/certificates/": training.Certificate,
    "learning/enrollments/": training.Enrollment,
    "learning/attempts/": training.Attempt,
    "training/proposals/": training.Proposal,
    "coaching/sessions/": training.CoachingSession,
    "training/compliance/people/": User,
    "learning/people/": User,
    "training/cycles/": training.Cycle,
    "training/documents/": training.ExternalDocument,
    "training/effects/": training.EffectReport,
    "training/panels/agents/": User,
    "learning/qualifications/": training.QualificationRun,
    "training/qualifications/": training.QualificationRun,
    "training/skills/people/": User,
    "reports/agents/": User,
    "reports/runs/": ReportRun,
    "reports/risk/panel/": Customer,
    "api/v1/customers/": Customer,
    "api/v1/organizations/": Organization,
    "api/v1/exports/": ExportRun,
    "api/v1/interactions/": Interaction,
    "api/v1/cases/": Case,
    "api/v1/clocks/": SlaClock,
    "api/v1/tasks/": Task,
    "api/v1/promises/": Promise,
    "api/v1/quality/scorecards/": Scorecard,
    "api/v1/quality/evaluations/": Evaluation,
    "api/v1/quality/disputes/": Dispute,
    "api/v1/quality/draws/": Draw,
    "api/v1/quality/calibrations/": CalibrationSession,
    "api/v1/recognition/kudos/": Kudos,
    "api/v1/recognition/redemptions/": Redemption,
    "api/v1/recognition/nominations/": Nomination,
    "api/v1/feedback/surveys/": Survey,
    "api/v1/feedback/versions/": SurveyVersion,
    "api/v1/feedback/invitations/": Invitation,
    "api/v1/feedback/responses/": Response,
    "api/v1/training/assignments/": training.Assignment,
    "api/v1/training/enrollments/": training.Enrollment,
    "api/v1/training/attempts/": training.Attempt,
    "api/v1/training/certificates/": training.Certificate,
    "api/v1/training/proposals/": training.Proposal,
    "api/v1/training/coaching-sessions/": training.CoachingSession,
    "api/v1/report-runs/": ReportRun,
    "team/": User,
    "jobs/": JobRun,
    "settings/webhooks/": WebhookEndpoint,
}
REFUSED = {403, 404, 405}
PARAMETER = re.compile(r"<(?:(\w+):)?\w+>")
# By kind of parameter, what names no row; every other kind takes the number.
NOBODY = {"slug": "nobody", "uuid": UUID(int=1)}
NO_NUMBER = 2**31 - 1


@dataclass
class Walk:
    """How much was asked, and what answered as if the row were there for that person."""

    probes: int = 0
    leaks: list[str] = field(default_factory=list)

    def go(self, person: User) -> None:
        browser, program = in_a_browser(person), by_program(person)
        for method, route, model in addresses():
            client = program if route.startswith("api/") else browser
            for row in foreign(model, person):
                self.probe(client, person, method, route, row)
        for route, model in lists():
            self.read(program, person, route, model)

    def probe(self, client: Client, person: User, method: str, route: str, row: Model) -> None:
        self.probes += 1
        kind = kind_of(route)
        key = in_address(kind, getattr(row, "code", "") if kind == "slug" else row.pk)
        found = answer(client, method, route, key)
        if found[0] in REFUSED:
            return
        nobody = in_address(kind, NOBODY.get(kind, NO_NUMBER))
        if found != answer(client, method, route, nobody):
            self.leaks.append(f"{person} {method} /{route} of {row.pk}: {found}")

    def read(self, client: Client, person: User, route: str, model: type[Model]) -> None:
        self.probes += 1
        response = client.get("/" + route)
        if response.status_code == 403:
            return
        shown = [item["id"] for item in response.json()["results"]]
        for pk in shown[:1]:
            status = client.get(f"/{route}{pk}/").status_code
            self.leaks += [f"{person} finds {pk} in /{route}: {status}"] if status != 200 else []
        hidden = kept_from(model, person).filter(pk__in=shown)
        self.leaks += [f"{person} finds {row.pk} in /{route}" for row in hidden]


def in_a_browser(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def by_program(person: User) -> Client:
    """With a token for everything that tokens can be for."""
    token = ApiTokenFactory(owner=person, scopes=policy().scopes)
    headers = {"Authorization": f"Bearer {token.text}"}
    return Client(raise_request_exception=False, headers=headers)


def addresses() -> Iterator[tuple[str, str, type[Model]]]:
    """Method and route of rows that not everybody may see, with the kind of row."""
    for place in places():
        root = place.route.split("<")[0]
        if root in ROWS and root != place.route:
            for method in sorted(policy().addresses[place.name].methods - {"HEAD", "OPTIONS"}):
                yield method.lower(), place.route, ROWS[root]
    for model in apps.get_models():
        if admin.site.is_registered(model) and hasattr(model._default_manager, "visible_to"):
            root = f"admin/{model._meta.app_label}/{model._meta.model_name}/<int:pk>/"
            yield from (("get", root + act, model) for act in ("change/", "delete/", "history/"))


def lists() -> Iterator[tuple[str, type[Model]]]:
    for place in places():
        if place.route.startswith("api/") and place.route in ROWS:
            yield place.route, ROWS[place.route]


def kept_from(model: type[Model], person: User) -> Any:
    rows = model._default_manager.all()
    return rows.exclude(pk__in=rows.visible_to(person).values("pk"))  # type: ignore[attr-defined]


def foreign(model: type[Model], person: User) -> list[Model]:
    return list(kept_from(model, person).order_by("-pk")[:MOST])


def kind_of(route: str) -> str:
    """Which kind of parameter stands for the row: a number, a reference, a survey's code."""
    found = PARAMETER.search(route)
    assert found is not None
    return found[1] or "str"


def in_address(kind: str, value: Any) -> str:
    return str(get_converters()[kind].to_url(value))


def answer(client: Client, method: str, route: str, key: str) -> tuple[int, str]:
    """Status and redirection, without the key; whatever the request wrote is taken back."""
    path = PARAMETER.sub(key, route, count=1)
    path = "/" + PARAMETER.sub(lambda rest: in_address(rest[1] or "str", 1), path)
    resolve(path)  # A page that no address leads to would refuse everybody.
    with transaction.atomic():
        response = getattr(client, method)(path, headers={"Idempotency-Key": uuid4().hex})
        transaction.set_rollback(True)
    response.close()
    location = unquote(response.get("Location", ""))
    return response.status_code, re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "…", location)
