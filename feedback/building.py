"""Changes of a survey's content while it is a draft: document in, changed copy out."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from feedback.questionnaire import (
    DRIVERS,
    KINDS,
    MOST,
    SCALES,
    WITH_OPTIONS,
    Json,
    questions_in,
    read,
    scale_of,
)
from feedback.survey_checks import question_faults
from lib.refusals import Invalid

Content = dict[str, Any]
LABELS = {
    "csat": ("Very dissatisfied", "Very satisfied"),
    "nps": ("Not at all likely", "Extremely likely"),
    "ces": ("Strongly disagree", "Strongly agree"),
    "rating": ("Poor", "Excellent"),
}


def add_section(content: Content, after: str = "") -> tuple[Content, str]:
    """A new section behind the one named, or at the end; returns its code too."""
    made = deepcopy(content)
    sections = made.setdefault("sections", [])
    if len(sections) >= MOST["sections"]:
        raise Invalid("section", f"A survey has at most {MOST['sections']} sections.")
    code = _free_code(made, "section")
    at = next((i + 1 for i, one in enumerate(sections) if one["code"] == after), len(sections))
    sections.insert(at, {"code": code, "words": {}, "questions": [], "rules": []})
    return made, code


def add_question(content: Content, section: str, kind: str) -> tuple[Content, str]:
    """A new question at the end of a section, with what its kind needs; returns its code too."""
    if kind not in KINDS:
        raise Invalid("kind", "Choose the kind of question.")
    made = deepcopy(content)
    if sum(1 for _ in questions_in(made)) >= MOST["questions"]:
        raise Invalid("kind", f"A survey has at most {MOST['questions']} questions.")
    code = _free_code(made, "driver" if kind == "driver" else kind)
    language = _first_language(made)
    one: Json = {"code": code, "kind": kind, "words": {language: KINDS[kind]}, "required": False}
    if kind in SCALES:
        low, high = LABELS[kind]
        one |= {"low": {language: low}, "high": {language: high}, "scale_max": scale_of(one)[1]}
    if kind in WITH_OPTIONS:
        codes = DRIVERS if kind == "driver" else ("a", "b")
        one["options"] = [_new_option(code, language) for code in codes]
    if kind == "matrix":
        one["rows"] = [_new_option("row_1", language)]
    _section(made, section)["questions"].append(one)
    return made, code


def _new_option(code: str, language: str) -> Json:
    return {"code": code, "kind": "plain", "words": {language: code.replace("_", " ").capitalize()}}


def change_question(content: Content, code: str, changes: Mapping[str, Any]) -> Content:
    """Replace the named parts of a question; raises Invalid for what can never work."""
    made = deepcopy(content)
    one = _question(made, code)
    wanted = changes.get("code", code)
    if wanted != code and wanted in _codes(made):
        raise Invalid("code", f"The code {wanted} is used already.")
    one |= changes
    if wanted != code:
        _rename(made, code, wanted)
    fault = next(question_faults(read(made).questions[wanted]), "")
    if fault:
        raise Invalid("options" if "choice" in fault else "validation", fault)
    return made


def delete_question(content: Content, code: str) -> Content:
    made = deepcopy(content)
    for section in made["sections"]:
        section["questions"] = [one for one in section["questions"] if one["code"] != code]
    return made


def duplicate_question(content: Content, code: str) -> tuple[Content, str]:
    made = deepcopy(content)
    copy = deepcopy(_question(made, code)) | {"code": _free_code(made, code[:34]), "series": 1}
    for section in made["sections"]:
        codes = [one["code"] for one in section["questions"]]
        if code in codes:
            section["questions"].insert(codes.index(code) + 1, copy)
    return made, copy["code"]


def move(content: Content, code: str, step: int) -> Content:
    """One place up (-1) or down (1), over the border of a section too."""
    made = deepcopy(content)
    sections = made["sections"]
    for at, section in enumerate(sections):
        if section["code"] == code:
            if 0 <= at + step < len(sections):
                sections[at], sections[at + step] = sections[at + step], sections[at]
            return made
        questions = section["questions"]
        place = next((i for i, one in enumerate(questions) if one["code"] == code), None)
        if place is None:
            continue
        if 0 <= place + step < len(questions):
            questions[place], questions[place + step] = questions[place + step], questions[place]
        elif 0 <= at + step < len(sections):
            beyond = sections[at + step]["questions"]
            beyond.insert(len(beyond) if step < 0 else 0, questions.pop(place))
        return made
    return made


def change_section(content: Content, code: str, changes: Mapping[str, Any]) -> Content:
    made = deepcopy(content)
    _section(made, code).update(changes)
    return made


def delete_section(content: Content, code: str) -> Content:
    made = deepcopy(content)
    if len(made["sections"]) == 1:
        raise Invalid("section", "A survey has at least one section.")
    made["sections"] = [one for one in made["sections"] if one["code"] != code]
    return made


def change_frame(content: Content, changes: Mapping[str, Any]) -> Content:
    """Title, intro, theme, languages, hidden fields, variables, endings."""
    made = deepcopy(content) | deepcopy(dict(changes))
    if not 1 <= len(made.get("languages", [])) <= MOST["languages"]:
        raise Invalid("languages", f"A survey has 1 to {MOST['languages']} languages.")
    return made


# --- Texts side by side --------------------------------------------------------------------------


def texts_of(content: Content) -> list[tuple[str, str, Json]]:
    """Every wording as (path, what it is, its words), in order of the survey."""
    found: list[tuple[str, str, Json]] = [("title", "Title", content.setdefault("title", {}))]
    found.append(("intro", "Introduction", content.setdefault("intro", {})))
    for section in content["sections"]:
        found.append((section["code"], "Section title", section.setdefault("words", {})))
        for one in section["questions"]:
            code = one["code"]
            found.append((code, f"Question {code}", one.setdefault("words", {})))
            found.append((f"{code}.help", "Help", one.setdefault("help", {})))
            if one["kind"] in SCALES:
                found.append((f"{code}.low", "Lowest value", one.setdefault("low", {})))
                found.append((f"{code}.high", "Highest value", one.setdefault("high", {})))
            for option in (*one.get("options", ()), *one.get("rows", ())):
                path = f"{code}.{option['code']}"
                found.append((path, f"Choice {option['code']}", option.setdefault("words", {})))
    for ending in content.get("endings", ()):
        found.append((ending["code"], "Ending", ending.setdefault("words", {})))
        found.append((f"{ending['code']}.text", "Ending, text", ending.setdefault("text", {})))
    return found


def translate(content: Content, language: str, texts: Mapping[str, str]) -> Content:
    """Set the wordings of one language by their paths."""
    made = deepcopy(content)
    for path, _, words in texts_of(made):
        if path in texts:
            words[language] = texts[path].strip()
    return made


# --- Below ---------------------------------------------------------------------------------------


def _codes(content: Content) -> set[str]:
    codes = {one["code"] for one in questions_in(content)}
    codes |= {one["code"] for one in content.get("sections", ())}
    return codes | {one["code"] for one in content.get("endings", ())}


def _free_code(content: Content, stem: str) -> str:
    codes, number = _codes(content), 1
    code = stem
    while code in codes:
        number += 1
        code = f"{stem}_{number}"
    return code


def _first_language(content: Content) -> str:
    return (content.get("languages") or ["en"])[0]


def _question(content: Content, code: str) -> Json:
    for one in questions_in(content):
        if one["code"] == code:
            return one
    raise Invalid("question", "This question is gone. Open the survey again.")


def _section(content: Content, code: str) -> Json:
    for one in content["sections"]:
        if one["code"] == code:
            found: Json = one
            return found
    raise Invalid("section", "This section is gone. Open the survey again.")


def _rename(content: Content, old: str, new: str) -> None:
    """Let rules follow a question that got another code."""

    def follow(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("of") == old:
                part["of"] = new
            if part.get("require") == old:
                part["require"] = new
            for value in part.values():
                follow(value)
        elif isinstance(part, list):
            for at, value in enumerate(part):
                if value == old:
                    part[at] = new
                follow(value)

    for section in content["sections"]:
        follow(section.get("rules", []))
