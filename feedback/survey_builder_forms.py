"""Forms of the builder: one question, one rule, the frame of a version."""

from __future__ import annotations

from typing import Any

from django import forms

from feedback import logic
from feedback.questionnaire import KINDS, TEXT_KINDS, Json, Question, in_language


class QuestionForm(forms.Form):
    """One question in the default language; other languages have their own page."""

    code = forms.SlugField(max_length=40)
    words = forms.CharField(
        label="Question", max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    help = forms.CharField(label="Help", max_length=500, required=False)
    required = forms.BooleanField(label="An answer is needed", required=False)
    allows_na = forms.BooleanField(label="“Does not apply” may be chosen", required=False)
    scale_max = forms.TypedChoiceField(label="Points", coerce=int, required=False)
    satisfied = forms.CharField(
        label="Satisfied values", required=False, help_text="Such as 4, 5. Empty: the usual ones."
    )
    low = forms.CharField(label="Lowest value means", max_length=80, required=False)
    high = forms.CharField(label="Highest value means", max_length=80, required=False)
    text_kind = forms.ChoiceField(
        label="Kind of text",
        choices=[(kind, kind.capitalize()) for kind in TEXT_KINDS],
        required=False,
    )
    options = forms.CharField(
        label="Choices",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One a line: code | text. Add | other or | none for those, | ★ for a symbol.",
    )
    rows = forms.CharField(
        label="Rows",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line: code | text.",
    )
    checks = forms.CharField(
        label="Checks",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, such as min_length 10 or max 100.",
    )
    any_check = forms.BooleanField(label="One of the checks is enough", required=False)
    check_message = forms.CharField(
        label="Sentence shown otherwise", max_length=200, required=False
    )

    def __init__(self, *args: Any, question: Question, language: str, **kwargs: Any) -> None:
        self.question, self.language = question, language
        if "initial" not in kwargs:
            kwargs["initial"] = initial_of(question, language)
        super().__init__(*args, **kwargs)
        self.fields["scale_max"].choices = [(n, n) for n in _points(question.kind)]  # type: ignore[attr-defined]
        for name in unused_fields(question.kind):
            del self.fields[name]

    def clean_satisfied(self) -> list[int]:
        try:
            return [int(part) for part in self.cleaned_data["satisfied"].replace(",", " ").split()]
        except ValueError:
            raise forms.ValidationError("Write whole numbers, such as 4, 5.") from None

    def clean_checks(self) -> list[Json]:
        rules = []
        for line in self.cleaned_data["checks"].splitlines():
            kind, _, value = line.strip().partition(" ")
            if kind:
                rules.append({"kind": kind, "value": value.strip()})
        return rules

    def changes(self) -> Json:
        """What the question's document becomes; texts of other languages stay."""
        data, one = self.cleaned_data, self.question
        found: Json = {"code": data["code"], "required": data["required"]}
        for name in ("words", "help", "low", "high"):
            if name in data:
                found[name] = {**getattr(one, name), self.language: data[name].strip()}
        for name in ("allows_na", "scale_max", "satisfied", "text_kind"):
            if name in data and data[name] not in ("", None):
                found[name] = data[name]
        if "options" in data:
            found["options"] = self._options(data["options"], one.options)
        if "rows" in data:
            found["rows"] = self._options(data["rows"], one.rows)
        if "checks" in data:
            found["validation"] = {
                "rules": data["checks"],
                "join": "any" if data["any_check"] else "all",
                "message": {self.language: data["check_message"]} if data["check_message"] else {},
            }
        return found

    def _options(self, text: str, known: Any) -> list[Json]:
        words = {option.code: dict(option.words) for option in known}
        found = []
        for line in text.splitlines():
            parts = [part.strip() for part in line.split("|")]
            if not parts[0]:
                continue
            code, label = parts[0], parts[1] if len(parts) > 1 else parts[0]
            one: Json = {"code": code[:40], "kind": "plain"}
            one["words"] = words.get(code, {}) | {self.language: label[:200]}
            for extra in parts[2:]:
                if extra in ("other", "none"):
                    one["kind"] = extra
                elif extra:
                    one["symbol"] = extra[:4]
            found.append(one)
        return found


def _points(kind: str) -> tuple[int, ...]:
    return {"ces": (7, 5), "rating": (3, 4, 5, 6, 7, 10)}.get(kind, ())


def unused_fields(kind: str) -> list[str]:
    """Fields that a kind of question has no use for."""
    unused = []
    if kind not in ("ces", "rating"):
        unused.append("scale_max")
    if kind not in ("csat", "nps", "ces", "rating"):
        unused += ["satisfied", "low", "high"]
    if kind != "text":
        unused.append("text_kind")
    if kind not in ("single", "multi", "picture_choice", "driver", "matrix", "ranking"):
        unused.append("options")
    if kind != "matrix":
        unused.append("rows")
    if kind not in ("text", "date", "multi"):
        unused += ["checks", "any_check", "check_message"]
    if kind == "statement":
        unused += ["allows_na"]
    return unused


def initial_of(question: Question, language: str) -> Json:
    def line(option: Any) -> str:
        parts = [option.code, in_language(option.words, language)]
        if option.kind != "plain":
            parts.append(option.kind)
        return " | ".join([*parts, *([option.symbol] if option.symbol else [])])

    rules = question.validation.get("rules", ())
    return {
        "code": question.code,
        "words": question.words.get(language, ""),
        "help": question.help.get(language, ""),
        "required": question.is_required,
        "allows_na": question.allows_na,
        "scale_max": question.scale_max,
        "satisfied": ", ".join(map(str, sorted(question.satisfied))),
        "low": question.low.get(language, ""),
        "high": question.high.get(language, ""),
        "text_kind": question.text_kind,
        "options": "\n".join(line(option) for option in question.options),
        "rows": "\n".join(line(row) for row in question.rows),
        "checks": "\n".join(f"{rule['kind']} {rule['value']}" for rule in rules),
        "any_check": question.validation.get("join") == "any",
        "check_message": question.validation.get("message", {}).get(language, ""),
    }


class RuleForm(forms.Form):
    """One rule of a section: one or two conditions, and what follows."""

    of = forms.ChoiceField(label="If")
    op = forms.ChoiceField(label="Condition", choices=list(logic.IN_WORDS.items()))
    value = forms.CharField(
        label="Value", max_length=200, required=False, help_text="Several with commas."
    )
    joint = forms.ChoiceField(
        label="And or or", choices=[("", "–"), ("all", "and"), ("any", "or")], required=False
    )
    of2 = forms.ChoiceField(label="If also", required=False)
    op2 = forms.ChoiceField(label="Condition", choices=list(logic.IN_WORDS.items()), required=False)
    value2 = forms.CharField(label="Value", max_length=200, required=False)
    action = forms.ChoiceField(
        label="Then", choices=[("jump", "go to"), ("require", "require an answer to")]
    )
    target = forms.ChoiceField(label="Where")

    def __init__(self, *args: Any, known: list[str], targets: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]
        self.fields["of2"].choices = [("", "–"), *((code, code) for code in known)]  # type: ignore[attr-defined]
        self.fields["target"].choices = [(code, code) for code in targets]  # type: ignore[attr-defined]

    def rule(self) -> Json:
        data = self.cleaned_data
        when = _condition(data["of"], data["op"], data["value"])
        if data["joint"] and data["of2"]:
            when = {data["joint"]: [when, _condition(data["of2"], data["op2"], data["value2"])]}
        return {"when": when, data["action"]: data["target"]}


def _condition(of: str, op: str, text: str) -> Json:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    wanted: Any = (
        parts if op in ("between", "in", "not_in", "any_of", "all_of", "none_of") else text.strip()
    )
    return {"of": of, "op": op, "value": wanted}


class FrameForm(forms.Form):
    """Title, introduction, color, ending, languages."""

    title = forms.CharField(max_length=120)
    intro = forms.CharField(
        label="Introduction",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    accent = forms.RegexField(
        "^#[0-9a-fA-F]{6}$",
        label="Color",
        help_text="Such as #0b6483; white text must be readable on it.",
    )
    languages = forms.CharField(max_length=120, help_text="The default first, such as en, es.")
    thanks = forms.CharField(label="Thanks", max_length=200)
    thanks_text = forms.CharField(label="Below it", max_length=1000, required=False)

    def clean_languages(self) -> list[str]:
        found = self.cleaned_data["languages"].replace(",", " ").split()
        if not all(tag.replace("-", "").isalnum() and len(tag) <= 12 for tag in found):
            raise forms.ValidationError("Write language tags such as en, pt-BR.")
        return list(dict.fromkeys(found))


class AddQuestionForm(forms.Form):
    kind = forms.ChoiceField(choices=list(KINDS.items()))
