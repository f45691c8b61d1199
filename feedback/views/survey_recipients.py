"""A list of recipients for a program that is asked: check it, then send it."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from feedback import recipients
from feedback.actions import recipients as actions
from feedback.actions.recipients import ListResult
from feedback.models import Program
from feedback.survey_program_forms import RecipientsForm
from feedback.views.common import person
from feedback.views.survey_programs import visible_program
from lib.refusals import Refused
from lib.tabular import TabularError, open_table

MOST_SHOWN = 200


def recipient_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload a list; what each row would do, or did."""
    program = visible_program(request, pk)
    form = RecipientsForm(request.POST or None, request.FILES or None)
    result = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                result = _taken(request, program, form)
                status = 200
            except TabularError as refusal:
                form.add_error("file", str(refusal))
            except Refused as refusal:
                status = refusal.status
                form.add_error("file", str(refusal))
    context = {
        "program": program,
        "form": form,
        "result": result,
        "others": result.others[:MOST_SHOWN] if result else [],
        "only_checked": bool(result) and form.cleaned_data["only_check"],
    }
    return render(request, "feedback/recipient_list.html", context, status=status)


def _taken(request: HttpRequest, program: Program, form: RecipientsForm) -> ListResult:
    at = timezone.now()
    with open_table(cast(BinaryIO, form.cleaned_data["file"].file)) as table:
        found = recipients.read(table, program)
    if form.cleaned_data["only_check"]:
        return actions.check_recipients(program=program, recipients=found, at=at)
    return actions.ask_recipients(program=program, recipients=found, by=person(request), at=at)
