"""Account, Profile: the language that Attune speaks to one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import actions
from accounts.forms import LanguageForm
from accounts.views.common import signed_in
from lib.speaking import spoken_language


def profile(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    form = LanguageForm(request.POST or None, initial={"language": person.language})
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        actions.set_language(user=person, language=language, by=person, at=timezone.now())
        with translation.override(spoken_language(language) if language else None):
            messages.success(request, _("From now on this is your language."))
        return redirect("accounts:profile")
    status = 422 if form.errors else 200
    context = {"form": form, "person": person}
    return render(request, "accounts/profile.html", context, status=status)
