"""Erase a customer from the command line, requested by one person and approved by another."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from accounts.permissions import has
from crm.actions import privacy
from crm.models import Customer
from crm.references import number
from lib import request_context
from lib.refusals import Refused
from ops import jobs
from ops.models import JobRun, JobState
from ops.models.jobs import OPEN_STATES

WRONG_USE = 2
PAUSE_SECONDS = 0.5
REASON = "Erasure by the operator's command line."


class Command(BaseCommand):
    help = "Erase a customer: requested by one person, approved by another. Cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", help="such as C-0000123")
        parser.add_argument("--requested-by", required=True, metavar="EMAIL")
        parser.add_argument("--approved-by", required=True, metavar="EMAIL")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        pk = number(options["reference"], "C")
        customer = Customer.objects.filter(pk=pk or 0).first()
        if customer is None:
            raise CommandError("There is no such customer.", returncode=WRONG_USE)
        asker = self.person(options["requested_by"], "crm.request_erasure")
        approver = self.person(options["approved_by"], "crm.approve_erasure")
        with request_context.working(request_id="erase_customer", source="command"):
            try:
                counts = self.erase(customer, asker, approver)
            except Refused as refusal:
                raise CommandError(str(refusal), returncode=1) from None
        if options["json"]:
            self.stdout.write(json.dumps({"customer": customer.reference, "counts": counts}))
        else:
            self.stdout.write(f"{customer.reference} is erased: {sum(counts.values()):,} rows.")

    def person(self, email: str, verb: str) -> User:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None or not has(user, verb):
            raise CommandError(f"{email} is nobody who may do this.", returncode=WRONG_USE)
        return user

    def erase(self, customer: Customer, asker: User, approver: User) -> dict[str, int]:
        """Order the erasure and do its job here, or wait for the worker that has taken it."""
        now = timezone.now()
        request = privacy.request_erasure(customer=customer, reason=REASON, by=asker, at=now)
        request = privacy.approve_erasure(request=request, by=approver, at=now)
        order = JobRun.objects.get(job="crm.erase_person", key=f"request-{request.pk}")
        while order.state in OPEN_STATES:
            jobs.run(str(order.pk))
            order.refresh_from_db()
            if order.state in OPEN_STATES:
                time.sleep(PAUSE_SECONDS)
        if order.state != JobState.DONE:
            raise CommandError(
                f"The erasure stopped: {order.error_text} Try job {order.pk} again in the admin."
            )
        request.refresh_from_db()
        return dict(request.counts)
