"""One page of a survey: what is asked, what was read, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from feedback import judging, links, logic, piping
from feedback.actions import responses as actions
from feedback.answering import Answer, check_names, fault_of, labels_of, read_answer, values_of
from feedback.links import Sheet
from feedback.models import Collector, Invitation, Response, Survey, SurveyVersion
from feedback.naming import names_for
from feedback.questionnaire import Questionnaire, Section, direction, in_language
from feedback.respond_words import WORDS
from feedback.showing import Filling, shown_questions
from feedback.views.respond_common import show
from lib.sentences import said
from lib.speaking import spoken, spoken_language, words_in
from ops import uploads

LEAST_SECONDS = 2
MOST_FILES, MOST_FILE_BYTES = 3, 10 * 1024 * 1024
FILE_TYPES = ("image/jpeg", "image/png", "image/webp", "application/pdf", "text/plain")
PAGE = "feedback/respond/page.html"
# The house's own color needs no style sheet of its own.
DEFAULT_ACCENT = "0b6483"


@dataclass
class Asked:
    """Who is asked what: by an invitation, by an open link, or nobody (a preview)."""

    survey: Survey
    version: SurveyVersion
    invitation: Invitation | None = None
    collector: Collector | None = None
    action: str = ""
    scheme: str = ""

    @property
    def questionnaire(self) -> Questionnaire:
        return self.version.questionnaire

    @property
    def keeps_draft(self) -> bool:
        return self.invitation is not None and not self.survey.is_anonymous

    @cached_property
    def hidden(self) -> dict[str, str]:
        return self.invitation.hidden if self.invitation else {}

    @cached_property
    def names(self) -> dict[str, str]:
        return names_for(self.invitation, self.survey)

    def submit(self, submission: actions.Submission, at: datetime) -> Response:
        if self.invitation is not None:
            return actions.submit_invited(invitation=self.invitation, submission=submission, at=at)
        assert self.collector is not None
        return actions.submit_collected(collector=self.collector, submission=submission, at=at)


def preset_of(version: Questionnaire, text: str) -> str:
    """The value that a rating link of the mail asks for; empty outside the scale."""
    is_value = text.isascii() and text.isdigit() and len(text) <= 2
    return text if is_value and version.key and int(text) in version.key.values else ""


# --- Reading -------------------------------------------------------------------------------------


def read_section(
    request: HttpRequest, section: Section, earlier: Mapping[str, Answer], asked: Asked
) -> dict[str, Answer]:
    """The answers of one section, card numbers taken out. Raises Tampered."""
    check_names(section.questions, request.POST)
    found = {}
    for question in section.questions:
        if question.kind == "file":
            found[question.code] = _read_files(request, question.code, earlier, asked)
        else:
            found[question.code] = read_answer(question, request.POST)
    return judging.redacted(found)


def _read_files(
    request: HttpRequest, code: str, earlier: Mapping[str, Answer], asked: Asked
) -> Answer:
    """Stored files of a question; those of before are kept, a bad one becomes a fault."""
    kept = list(earlier.get(code, {}).get("value", []))
    sent = request.FILES.getlist(f"q-{code}")
    if not sent:
        return {"value": kept} if kept else {}
    if len(kept) + len(sent) > MOST_FILES:
        return {"value": kept, "fault": said("Send at most {most} files.", most=MOST_FILES)}
    for upload in sent:
        try:
            stored = uploads.take(
                cast(uploads.Upload, upload),
                kind="survey",
                by_id=None,
                media_types=FILE_TYPES,
                max_bytes=MOST_FILE_BYTES,
            )
        except uploads.BadUpload as refusal:
            return {"value": kept, "fault": str(refusal)}
        kept.append(str(stored.pk))
    return {"value": kept}


def path_of(asked: Asked, answers: Mapping[str, Answer]) -> logic.Path:
    return logic.path(asked.questionnaire, values_of(asked.questionnaire, answers) | asked.hidden)


def faults_of(
    asked: Asked,
    sheet: Sheet,
    section: Section,
    answers: Mapping[str, Answer],
    path: logic.Path,
) -> dict[str, str]:
    """A sentence for each answer of the section that cannot be taken; the key one is needed."""
    found = {}
    key = asked.questionnaire.key
    for question in section.questions:
        answer = dict(answers.get(question.code, {}))
        if fault := answer.pop("fault", ""):
            found[question.code] = fault
            continue
        is_required = question.is_required or question is key or question.code in path.required
        fault = fault_of(
            question, answer, is_required=is_required and question.asks, language=sheet.language
        )
        if fault:
            found[question.code] = fault
    return found


# --- Showing -------------------------------------------------------------------------------------


def form(
    request: HttpRequest,
    asked: Asked,
    sheet: Sheet,
    answers: Mapping[str, Answer],
    *,
    faults: Mapping[str, str] | None = None,
    preset: str = "",
    notice: str = "",
    mine: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The section that the note names, filled in."""
    version = asked.questionnaire
    section = version.section(sheet.section) or version.sections[0]
    path = path_of(asked, answers)
    words = words_in(sheet.language, WORDS)
    faults = sentences_of(faults or {}, sheet.language)
    names = {**labels_of(version, answers, sheet.language), **path.variables, **asked.names}
    filling = Filling(
        sheet.language, words, names, answers, faults, frozenset(path.required), preset
    )
    number = path.sections.index(section.code) + 1 if section.code in path.sections else 1
    is_last = number >= len(path.sections)
    context = frame(asked.survey, asked.version, sheet.language) | {
        "words": words,
        "section": section,
        "section_title": filling.text(section.words),
        "intro": filling.text(version.intro) if number == 1 else "",
        "questions": shown_questions(version, section, filling),
        "has_files": any(one.kind == "file" for one in section.questions),
        "note": sheet.signed(),
        "faults": [
            (f"q-{code}", _label(version, code, filling), text) for code, text in faults.items()
        ],
        "progress": words["progress"].format(number=number, count=len(path.sections))
        if len(path.sections) > 1
        else "",
        "is_first": number == 1,
        "button": words["send"] if is_last else words["next"],
        "notice": words.get(notice, ""),
        "promise": words[asked.survey.anonymity],
        "mine": mine,
        "keeps_draft": asked.keeps_draft,
        "reference": asked.invitation.reference if asked.invitation else "",
        "opt_out_url": links.opt_out_link(asked.invitation.pk) if asked.invitation else "",
        "action": asked.action,
        "is_preview": asked.invitation is None and asked.collector is None,
        "scheme": asked.scheme,
    }
    return show(request, PAGE, context, status=status)


def sentences_of(faults: Mapping[str, str], language: str) -> dict[str, str]:
    with translation.override(spoken_language(language)):
        return {code: spoken(fault) for code, fault in faults.items()}


def _label(version: Questionnaire, code: str, filling: Filling) -> str:
    return filling.text(version.questions[code].words)


def frame(survey: Survey, version: SurveyVersion, language: str) -> dict[str, Any]:
    """What every page of a survey has around it."""
    content = version.questionnaire
    accent = str(content.theme.get("accent", "")).lstrip("#").lower()
    return {
        "survey": survey,
        "title": in_language(content.title, language) or survey.name,
        "language": language,
        "direction": direction(language),
        "languages": content.languages if len(content.languages) > 1 else (),
        "accent": accent if len(accent) == 6 and accent != DEFAULT_ACCENT else "",
    }


def thanks(
    request: HttpRequest,
    survey: Survey,
    version: SurveyVersion,
    language: str,
    *,
    answers: Mapping[str, Answer] | None = None,
    response: Response | None = None,
    is_again: bool = False,
) -> HttpResponse:
    """The ending that the answers lead to; again it is the first one."""
    content = version.questionnaire
    language = content.language(language)
    values = values_of(content, answers or {})
    ending = content.ending(logic.path(content, values).ending) if answers else None
    ending = ending or (content.endings[0] if content.endings else None)
    names = labels_of(content, answers or {}, language)
    context = frame(survey, version, language) | {
        "words": words_in(language, WORDS),
        "heading": piping.fill(in_language(ending.words, language), names, escape=False)
        if ending
        else "",
        "text": piping.fill(in_language(ending.text, language), names, escape=False)
        if ending
        else "",
        "is_again": is_again,
    }
    return show(request, "feedback/respond/thanks.html", context)
