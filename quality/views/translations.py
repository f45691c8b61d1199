"""Write a draft's wording in another language."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from lib.http import number_in
from quality.actions.drafts import ChangedElsewhere
from quality.actions.translations import translate_version
from quality.refusals import Invalid
from quality.translating import LANGUAGE, lines_of, progress_of
from quality.views.common import must, person
from quality.views.scorecards import visible_version


def version_translate(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Every text of a draft beside its translation into ?language=; saved as a whole."""
    version = visible_version(request, pk, number)
    must(version.is_draft)
    language = (request.POST or request.GET).get("language", "").strip()
    error = ""
    if request.method == "POST":
        seen = request.POST.get("row_version", "")
        try:
            translate_version(
                version=version,
                language=language,
                words=request.POST.dict(),
                seen=number_in(seen),
                by=person(request),
                at=timezone.now(),
            )
        except (Invalid, ChangedElsewhere) as refusal:
            error = str(refusal)
        else:
            messages.success(request, f"The wording in {language} is saved.")
            return redirect(f"{request.path}?language={language}")
    is_chosen = bool(LANGUAGE.fullmatch(language)) and language != version.language
    if language and not is_chosen and not error:
        error = "Write a language tag such as de, es or pt-BR, other than that of the draft."
    given = request.POST.dict() if error and request.method == "POST" else None
    context = {
        "version": version,
        "scorecard": version.scorecard,
        "language": language,
        "error": error,
        "progress": progress_of(version),
        "lines": lines_of(version, language, given) if is_chosen else [],
    }
    status = 422 if error else 200
    return render(request, "quality/version_translate.html", context, status=status)
