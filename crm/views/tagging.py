"""Tags put on interactions and cases and taken off on their pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from crm import access
from crm.actions import tags
from crm.models import Case, Interaction, Tag
from crm.views.cases import visible_case
from crm.views.common import person
from crm.views.interactions import visible_interaction
from lib.answers import must, page_refusals


@page_refusals
def interaction_tag_add(request: HttpRequest, pk: int) -> HttpResponse:
    return _tagged(request, _interaction(request, pk))


@page_refusals
def interaction_tag_remove(request: HttpRequest, pk: int, tag: int) -> HttpResponse:
    return _untagged(request, _interaction(request, pk), tag)


@page_refusals
def case_tag_add(request: HttpRequest, pk: int) -> HttpResponse:
    return _tagged(request, _case(request, pk))


@page_refusals
def case_tag_remove(request: HttpRequest, pk: int, tag: int) -> HttpResponse:
    return _untagged(request, _case(request, pk), tag)


def _interaction(request: HttpRequest, pk: int) -> Interaction:
    interaction = visible_interaction(person(request), pk)
    must(access.may_tag_interaction(person(request), interaction))
    return interaction


def _case(request: HttpRequest, pk: int) -> Case:
    case = visible_case(person(request), pk)
    must(access.may_change_case(person(request), case))
    return case


def _tagged(request: HttpRequest, record: Interaction | Case) -> HttpResponse:
    name = request.POST.get("name", "")
    tags.tag_record(record=record, name=name, by=person(request), at=timezone.now())
    return redirect(record)


def _untagged(request: HttpRequest, record: Interaction | Case, tag: int) -> HttpResponse:
    row = get_object_or_404(Tag, pk=tag)
    tags.untag_record(record=record, tag=row, by=person(request), at=timezone.now())
    return redirect(record)
