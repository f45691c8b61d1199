"""What the pages of customers, interactions and calendars show of cases, promises and clocks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.models import BusinessCalendar
from crm import access
from crm.models import Case, Customer, Interaction, Promise, SlaClock, SlaPolicy, Task
from crm.views.common import person

MOST = 10


def customer_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Cases, promises and tasks of a customer, unfinished ones first; five queries."""
    user = person(request)
    customer = get_object_or_404(Customer.objects.visible_to(user), pk=pk)
    cases = Case.objects.visible_to(user).filter(customer=customer).for_list()
    context = {
        "customer": customer,
        "cases": cases.order_by("status__category", "-opened_at")[:MOST],
        "promises": Promise.objects.visible_to(user).open().filter(customer=customer)[:MOST],
        "tasks": Task.objects.visible_to(user).open().filter(customer=customer)[:MOST],
        "may_open": access.may_open_case(user),
        "at": timezone.now(),
    }
    return render(request, "crm/customer_work.html", context)


def interaction_cases(request: HttpRequest, pk: int) -> HttpResponse:
    """The cases that an interaction belongs to; three queries."""
    user = person(request)
    interaction = get_object_or_404(Interaction.objects.visible_to(user), pk=pk)
    context = {
        "interaction": interaction,
        "cases": Case.objects.visible_to(user).filter(interactions=interaction).for_list()[:MOST],
        "may_open": access.may_open_case(user),
        "at": timezone.now(),
    }
    return render(request, "crm/interaction_cases.html", context)


def calendar_uses(request: HttpRequest, pk: int) -> HttpResponse:
    """Which policies count by a calendar, and how many clocks a change would count anew."""
    calendar = get_object_or_404(BusinessCalendar, pk=pk)
    running = SlaClock.objects.unfinished().filter(calendar_version__calendar=calendar)
    context = {
        "policies": SlaPolicy.objects.filter(current__calendar=calendar),
        "running": running.count(),
    }
    return render(request, "crm/calendar_uses.html", context)
