"""The pages that explain to people what the API refused; a problem's `type` leads here."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from lib.problems import PROBLEMS


def problem_list(request: HttpRequest) -> HttpResponse:
    return render(request, "ops/problem_list.html", {"problems": PROBLEMS.items()})


def problem_detail(request: HttpRequest, slug: str) -> HttpResponse:
    if slug not in PROBLEMS:
        raise Http404
    return render(request, "ops/problem_detail.html", {"slug": slug, "problem": PROBLEMS[slug]})
