"""The builder: outline, one thing to edit, checks and a live preview; works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from feedback import building, links, logic
from feedback.actions import surveys as actions
from feedback.actions.surveys import ChangedMeanwhile, NotPublishable
from feedback.answering import Tampered
from feedback.links import Forged, Sheet
from feedback.models import Survey, SurveyVersion
from feedback.questionnaire import KINDS, Questionnaire, in_language
from feedback.survey_builder_forms import AddQuestionForm, FrameForm, QuestionForm, RuleForm
from feedback.survey_checks import findings
from feedback.views import respond_page as pages
from feedback.views.common import framing_ourselves, person, visible_survey
from feedback.views.respond import handle_form
from feedback.views.respond_page import Asked
from lib.answers import page_refusals
from lib.http import number_in
from lib.refusals import Invalid, Refused

EDIT = "feedback/survey_edit.html"
PREVIEW_POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
}


@framing_ourselves
def survey_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The outline of the draft, and the section or question that `at` names.

    Sending the form begins a draft; without one there is nothing to edit yet.
    """
    survey = visible_survey(request, code)
    if request.method == "POST":
        actions.draft_of(survey=survey, by=person(request), at=timezone.now())
        return redirect("feedback:survey_edit", code=code)
    draft = survey.draft
    if draft is None:
        return redirect("feedback:survey_detail", code=code)
    return _page(request, survey, draft, request.GET.get("at", ""))


def _page(
    request: HttpRequest,
    survey: Survey,
    draft: SurveyVersion,
    at: str,
    *,
    form: Form | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    content = draft.questionnaire
    question, section = content.questions.get(at), content.section(at)
    language = content.languages[0]
    if form is None:
        form = _form_of(content, at, language)
    context = {
        "survey": survey,
        "draft": draft,
        "content": content,
        "at": at,
        "outline": _outline(content, language),
        "question": question,
        "kind": KINDS[question.kind] if question else "",
        "section": section,
        "rules": _rules(section) if section else [],
        "rule_form": _rule_form(content, at, None) if section else None,
        "form": form,
        "add_form": AddQuestionForm(),
        "found": findings(content, is_anonymous=survey.is_anonymous, topic=survey.topic),
        "notice": notice,
        "languages": content.languages,
        "preview_url": f"{reverse('feedback:survey_preview', args=[survey.code])}?"
        + urlencode({"at": _section_code(content, at)}),
    }
    return render(request, EDIT, context, status=status)


def _section_code(content: Questionnaire, at: str) -> str:
    section = content.section(at) or content.section_of(at)
    return section.code if section else content.sections[0].code


def _form_of(content: Questionnaire, at: str, language: str) -> Form | None:
    question = content.questions.get(at)
    if question:
        return QuestionForm(question=question, language=language)
    if content.section(at):
        return None
    ending = content.endings[0] if content.endings else None
    return FrameForm(
        initial={
            "title": content.title.get(language, ""),
            "intro": content.intro.get(language, ""),
            "accent": content.theme.get("accent", "#0b6483"),
            "languages": ", ".join(content.languages),
            "thanks": in_language(ending.words, language) if ending else "",
            "thanks_text": in_language(ending.text, language) if ending else "",
        }
    )


def _outline(content: Questionnaire, language: str) -> list[dict[str, Any]]:
    return [
        {
            "code": section.code,
            "title": in_language(section.words, language) or f"Section {number}",
            "rules": len(section.rules),
            "questions": [
                {
                    "code": one.code,
                    "text": in_language(one.words, language),
                    "kind": KINDS[one.kind],
                    "is_key": one is content.key,
                }
                for one in section.questions
            ],
        }
        for number, section in enumerate(content.sections, 1)
    ]


def _rules(section: Any) -> list[str]:
    """The rules of a section as sentences."""
    found = []
    for rule in section.rules:
        then = next(f"{_THEN[name]} {rule[name]}" for name in _THEN if name in rule)
        found.append(f"If {logic.sentence(rule['when'])}, {then}.")
    return found


_THEN = {"jump": "go to", "require": "require an answer to", "set": "set"}


def _rule_form(content: Questionnaire, at: str, data: Mapping[str, Any] | None) -> RuleForm:
    codes = [section.code for section in content.sections]
    place = codes.index(at)
    known = [
        one.code
        for section in content.sections[: place + 1]
        for one in section.questions
        if one.asks
    ]
    targets = [*codes[place + 1 :], *(one.code for one in content.endings), *content.questions]
    return RuleForm(data, known=known, targets=targets)


# --- Acts ----------------------------------------------------------------------------------------


@require_POST
@page_refusals
@framing_ourselves
def survey_change(request: HttpRequest, code: str) -> HttpResponse:
    """One change of the draft; what cannot be taken comes back with its text."""
    survey = visible_survey(request, code)
    draft = actions.draft_of(survey=survey, by=person(request), at=timezone.now())
    act, at = request.POST.get("act", ""), request.POST.get("at", "")
    change = ACTS.get(act)
    if change is None:
        raise Invalid("act", "There is no such change.")
    try:
        content, goal = change(request, draft, at)
        _save(request, draft, content)
    except _Refill as refill:
        return _page(request, survey, draft, at, form=refill.form, status=422)
    except ChangedMeanwhile as refusal:
        fresh = SurveyVersion.objects.get(pk=draft.pk)
        form = _bound(request, fresh, act, at)
        return _page(request, survey, fresh, at, form=form, notice=str(refusal), status=409)
    address = reverse("feedback:survey_edit", args=[code])
    return redirect(f"{address}?{urlencode({'at': goal})}" if goal else address)


class _Refill(Exception):
    """A form that must be shown again."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form


def _save(request: HttpRequest, draft: SurveyVersion, content: dict[str, Any]) -> None:
    actions.save_draft(
        version=draft,
        content=content,
        seen=number_in(request.POST.get("row_version", "")),
        by=person(request),
        at=timezone.now(),
    )


def _bound(request: HttpRequest, draft: SurveyVersion, act: str, at: str) -> Form | None:
    """The submitted text over the version of now, so that nothing typed is lost."""
    question = draft.questionnaire.questions.get(at)
    if act == "save_question" and question:
        return QuestionForm(
            request.POST, question=question, language=draft.questionnaire.languages[0]
        )
    return FrameForm(request.POST) if act == "save_frame" else None


Change = Callable[[HttpRequest, SurveyVersion, str], tuple[dict[str, Any], str]]


def _save_question(
    request: HttpRequest, draft: SurveyVersion, at: str
) -> tuple[dict[str, Any], str]:
    question = draft.questionnaire.questions.get(at)
    if question is None:
        raise Invalid("question", "This question is gone. Open the survey again.")
    form = QuestionForm(request.POST, question=question, language=draft.questionnaire.languages[0])
    if not form.is_valid():
        raise _Refill(form)
    try:
        return building.change_question(draft.content, at, form.changes()), form.cleaned_data[
            "code"
        ]
    except Invalid as refusal:
        name = {"validation": "checks"}.get(refusal.field, refusal.field)
        form.add_error(name if name in form.fields else None, str(refusal))
        raise _Refill(form) from None


def _save_frame(request: HttpRequest, draft: SurveyVersion, at: str) -> tuple[dict[str, Any], str]:
    form = FrameForm(request.POST)
    if not form.is_valid():
        raise _Refill(form)
    data, content = form.cleaned_data, draft.questionnaire
    language = data["languages"][0] if data["languages"] else content.languages[0]
    endings = [dict(one) for one in draft.content.get("endings", [])] or [{"code": "thanks"}]
    endings[0]["words"] = {**endings[0].get("words", {}), language: data["thanks"]}
    endings[0]["text"] = {**endings[0].get("text", {}), language: data["thanks_text"]}
    changes = {
        "title": {**content.title, language: data["title"]},
        "intro": {**content.intro, language: data["intro"]} if data["intro"] else {},
        "theme": {"accent": data["accent"]},
        "languages": data["languages"],
        "endings": endings,
    }
    return building.change_frame(draft.content, changes), ""


def _add_question(
    request: HttpRequest, draft: SurveyVersion, at: str
) -> tuple[dict[str, Any], str]:
    return building.add_question(
        draft.content, request.POST.get("section", ""), request.POST.get("kind", "")
    )


def _add_section(request: HttpRequest, draft: SurveyVersion, at: str) -> tuple[dict[str, Any], str]:
    return building.add_section(draft.content, at)


def _save_section(
    request: HttpRequest, draft: SurveyVersion, at: str
) -> tuple[dict[str, Any], str]:
    section = draft.questionnaire.section(at)
    language = draft.questionnaire.languages[0]
    words = {**(section.words if section else {}), language: request.POST.get("title", "")[:200]}
    return building.change_section(draft.content, at, {"words": words}), at


def _add_rule(request: HttpRequest, draft: SurveyVersion, at: str) -> tuple[dict[str, Any], str]:
    section = draft.questionnaire.section(at)
    if section is None:
        raise Invalid("section", "This section is gone. Open the survey again.")
    form = _rule_form(draft.questionnaire, at, request.POST)
    if not form.is_valid():
        raise Invalid("rule", "Choose a question, a condition, and what follows from it.")
    rules = [*section.rules, form.rule()]
    return building.change_section(draft.content, at, {"rules": rules}), at


def _delete_rule(request: HttpRequest, draft: SurveyVersion, at: str) -> tuple[dict[str, Any], str]:
    section = draft.questionnaire.section(at)
    text = request.POST.get("number", "")
    number = number_in(text)
    rules = list(section.rules) if section else []
    if text == str(number) and number < len(rules):
        del rules[number]
    return building.change_section(draft.content, at, {"rules": rules}), at


def _delete(request: HttpRequest, draft: SurveyVersion, at: str) -> tuple[dict[str, Any], str]:
    if draft.questionnaire.section(at):
        return building.delete_section(draft.content, at), ""
    return building.delete_question(draft.content, at), ""


ACTS: Mapping[str, Change] = {
    "save_question": _save_question,
    "save_frame": _save_frame,
    "save_section": _save_section,
    "add_question": _add_question,
    "add_section": _add_section,
    "add_rule": _add_rule,
    "delete_rule": _delete_rule,
    "delete": _delete,
    "duplicate": lambda request, draft, at: building.duplicate_question(draft.content, at),
    "up": lambda request, draft, at: (building.move(draft.content, at, -1), at),
    "down": lambda request, draft, at: (building.move(draft.content, at, 1), at),
}


@require_POST
@framing_ourselves
def survey_publish(request: HttpRequest, code: str) -> HttpResponse:
    """Freeze the draft; what stands in the way is listed, all of it."""
    survey = visible_survey(request, code)
    draft = actions.draft_of(survey=survey, by=person(request), at=timezone.now())
    try:
        actions.publish_version(version=draft, by=person(request), at=timezone.now())
    except NotPublishable as refusal:
        return _page(request, survey, draft, "", notice=str(refusal), status=422)
    except Refused as refusal:
        return _page(request, survey, draft, "", notice=str(refusal), status=refusal.status)
    return redirect("feedback:survey_detail", code=code)


def survey_translate(request: HttpRequest, code: str) -> HttpResponse:
    """Every text, the source on the left, another language on the right."""
    survey = visible_survey(request, code)
    draft = survey.draft
    if draft is None:
        return redirect("feedback:survey_detail", code=code)
    languages = draft.questionnaire.languages
    language = request.GET.get("to") or (languages[1] if len(languages) > 1 else languages[0])
    if language not in languages:
        language = languages[0]
    notice, status = "", 200
    if request.method == "POST":
        texts = {
            name.removeprefix("t-"): str(value)[:2000]
            for name, value in request.POST.items()
            if name.startswith("t-")
        }
        try:
            _save(request, draft, building.translate(draft.content, language, texts))
            return redirect(f"{request.path}?{urlencode({'to': language})}")
        except Refused as refusal:
            notice, status = str(refusal), refusal.status
    source = languages[0]
    context = {
        "survey": survey,
        "draft": draft,
        "language": language,
        "languages": languages,
        "source": source,
        "notice": notice,
        "texts": [
            (
                path,
                title,
                words.get(source, ""),
                request.POST.get(f"t-{path}", words.get(language, "")),
            )
            for path, title, words in building.texts_of(draft.content)
            if words.get(source)
        ],
    }
    return render(request, "feedback/survey_translate.html", context, status=status)


# --- Preview -------------------------------------------------------------------------------------


@csrf_exempt
@csp_replace(PREVIEW_POLICY)  # type: ignore[arg-type]
@xframe_options_sameorigin
def survey_preview(request: HttpRequest, code: str) -> HttpResponse:
    """The page as a respondent sees it, driven by answers; writes nothing at all."""
    survey = visible_survey(request, code)
    version = survey.draft or survey.published or survey.versions.order_by("-number").first()
    assert version is not None
    scheme = "dark" if request.GET.get("scheme") == "dark" else "light"
    address = f"{request.path}?{request.GET.urlencode()}"
    asked = Asked(survey, version, action=address, scheme=scheme)
    content = version.questionnaire
    sheet = Sheet(
        kind="p",
        pk=survey.pk,
        version=version.pk,
        nonce="preview",
        rendered_at=0,
        section=_section_code(content, request.GET.get("at", "")),
        language=content.language(request.GET.get("lang", ""), survey.default_language),
    )
    if request.method != "POST":
        return pages.form(request, asked, sheet, {})
    try:
        sent = links.read_sheet(request.POST.get("f", ""))
        if (sent.kind, sent.pk) != ("p", survey.pk):
            raise Forged
        return handle_form(request, asked, sent, timezone.now(), send=_preview_end)
    except (Forged, Tampered):
        return pages.form(request, asked, sheet, {})


def _preview_end(
    request: HttpRequest, asked: Asked, sheet: Sheet, answers: dict[str, Any], at: Any
) -> HttpResponse:
    return pages.thanks(request, asked.survey, asked.version, sheet.language, answers=answers)


@framing_ourselves
def survey_preview_frame(request: HttpRequest, code: str) -> HttpResponse:
    """The preview at the width of a phone and of a desk, in any language, light and dark."""
    survey = visible_survey(request, code)
    version = survey.draft or survey.published
    languages = version.questionnaire.languages if version else ("en",)
    language = request.GET.get("lang") or languages[0]
    scheme = request.GET.get("scheme", "light")
    query = urlencode({"lang": language, "scheme": scheme})
    context = {
        "survey": survey,
        "languages": languages,
        "language": language,
        "scheme": scheme,
        "url": f"{reverse('feedback:survey_preview', args=[code])}?{query}",
    }
    return render(request, "feedback/survey_preview.html", context)
