"""Settings, Push sources: systems that send interactions under a signature."""

from __future__ import annotations

from contextlib import suppress

from django import forms
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.models import User, UserKind
from crm.actions import sources
from crm.models import PushSource

MOST_SHOWN = 200


class SourceForm(forms.Form):
    name = forms.CharField(
        max_length=80, help_text="As interactions name their source, such as pbx-1."
    )
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label="Acts as",
        empty_label=None,
        help_text="What is pushed is stored as if this account had imported it.",
    )

    def __init__(self, *args: object, reader: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.active().filter(Q(kind=UserKind.SERVICE) | Q(pk=reader.pk))
        owner.initial = reader.pk


def reader_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def source_list(request: HttpRequest) -> HttpResponse:
    """Every source; its secret is never shown again."""
    rows = PushSource.objects.visible_to(reader_of(request)).select_related("owner")
    context = {"sources": rows[:MOST_SHOWN]}
    return render(request, "crm/source_list.html", context)


@never_cache
def source_new(request: HttpRequest) -> HttpResponse:
    """Make a source; the answer to the form is the only page that shows its secret."""
    reader = reader_of(request)
    form = SourceForm(request.POST or None, reader=reader)
    if request.method == "POST" and form.is_valid():
        try:
            source, secret = sources.add_source(**form.cleaned_data, by=reader, at=timezone.now())
        except sources.SourceTaken as refusal:
            form.add_error("name", str(refusal))
        else:
            return secret_shown(request, source, secret)
    status = 422 if request.method == "POST" else 200
    return render(request, "crm/source_new.html", {"form": form}, status=status)


@never_cache
def source_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the source another secret."""
    reader = reader_of(request)
    source = get_object_or_404(PushSource.objects.visible_to(reader), pk=pk, ended_at=None)
    source, secret = sources.rotate_source_secret(source=source, by=reader, at=timezone.now())
    return secret_shown(request, source, secret)


def source_end(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    source = get_object_or_404(PushSource.objects.visible_to(reader), pk=pk)
    with suppress(sources.SourceEnded):  # What was wished for is so already.
        sources.end_source(source=source, by=reader, at=timezone.now())
    return redirect("crm:source_list")


def secret_shown(request: HttpRequest, source: PushSource, secret: str) -> HttpResponse:
    url = settings.BASE_URL + reverse("api:push_signed", args=[source.pk])
    return render(
        request, "crm/source_shown.html", {"source": source, "secret": secret, "url": url}
    )
