"""Forms of course authors."""

from __future__ import annotations

from typing import Any

from django import forms

from training.models import Course, Lesson, Quiz, Skill
from training.models.courses import CompletionRule, LessonKind
from training.progress import RULES

# The fields that a lesson of each kind has beside title, rule and place.
FIELDS_OF_KIND = {
    "text": ("body",),
    "video": ("upload", "captions_upload", "duration_seconds", "body"),
    "document": ("upload", "body"),
    "link": ("url", "body"),
    "quiz": ("quiz", "body"),
    "exercise": ("body",),
    "scorm": ("scorm_package", "body"),
    "live_session": ("body",),
}
KIND_FIELDS = {field for fields in FIELDS_OF_KIND.values() for field in fields}
WORDS = {
    "text": "Text of the lesson",
    "video": "Transcript",
    "document": "What to look for",
    "link": "What to look for",
    "quiz": "Before the quiz",
    "exercise": "What is to be handed in",
    "scorm": "Before it is opened",
    "live_session": "What the session is about",
}
MARKDOWN = "## Heading, **strong**, *emphasis*, - list, > quote, [words](https://…)."
MEDIA_TYPES = {"video": ("video/mp4", "video/webm"), "document": ("application/pdf",)}
MAX_BYTES = {"video": 500 * 1024 * 1024, "document": 50 * 1024 * 1024}


class CourseForm(forms.ModelForm):
    class Meta:
        model = Course
        fields = (
            *("title", "code", "summary", "category", "language", "is_open"),
            *("gives_certificate", "certificate_months", "feedback_link"),
        )
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"code": "Small letters, digits and dashes; left empty it follows the title."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
        if self.instance.pk:
            del self.fields["code"]


class ModuleForm(forms.Form):
    title = forms.CharField(max_length=200, label="Title of the module")


class RevisionForm(forms.Form):
    expected_minutes = forms.IntegerField(min_value=1, max_value=6000, label="Expected minutes")


class NewLessonForm(forms.Form):
    title = forms.CharField(max_length=200, label="Title of the lesson")
    kind = forms.ChoiceField(choices=LessonKind.choices)


class LessonForm(forms.ModelForm):
    """One lesson; only the fields of its kind, only the rules that its kind allows."""

    upload = forms.FileField(required=False, label="File")
    captions_upload = forms.FileField(
        required=False, label="Captions", help_text="A WebVTT file, .vtt."
    )
    url = forms.URLField(required=False, max_length=500, label="Address", assume_scheme="https")
    seen = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Lesson
        fields = (
            *(
                "title",
                "url",
                "quiz",
                "scorm_package",
                "body",
                "duration_seconds",
                "completion_rule",
            ),
            *("minimum_seconds", "required_percent", "minutes", "weight"),
            *("is_required", "must_follow_previous"),
        )
        widgets = {"body": forms.Textarea(attrs={"rows": 14})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.instance.kind
        for name in KIND_FIELDS - set(FIELDS_OF_KIND[kind]):
            del self.fields[name]
        self.fields["completion_rule"].choices = [  # type: ignore[attr-defined]
            (rule, CompletionRule(rule).label) for rule in RULES[kind]
        ]
        if "body" in self.fields:
            self.fields["body"].label = WORDS[kind]
            self.fields["body"].help_text = MARKDOWN
        if "quiz" in self.fields:
            self.fields["quiz"].queryset = Quiz.objects.all()  # type: ignore[attr-defined]
        if "upload" in self.fields:
            endings = "mp4 or webm, at most 500 MB" if kind == "video" else "pdf, at most 50 MB"
            held = f"Now: {self.instance.file.name}. " if self.instance.file else ""
            self.fields["upload"].help_text = f"{held}{endings}."
        self.fields["seen"].initial = self.instance.row_version

    def changes(self) -> dict[str, Any]:
        """The model's fields as they are to be written; files are the caller's."""
        names = [name for name in self.fields if name not in ("seen", "upload", "captions_upload")]
        return {name: self.cleaned_data[name] for name in names}


class PrerequisiteForm(forms.Form):
    needed_course = forms.ModelChoiceField(
        Course.objects.none(), required=False, label="Course needed first"
    )
    is_certificate = forms.BooleanField(required=False, label="Its valid certificate")
    needed_skill = forms.ModelChoiceField(
        Skill.objects.active(), required=False, label="Or a skill needed first"
    )
    level = forms.TypedChoiceField(
        choices=[("", "No level"), *((level, f"Level {level}") for level in range(1, 5))],
        coerce=int,
        required=False,
        empty_value=None,
    )
    value = forms.DecimalField(
        required=False,
        min_value=1,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        label="At least percent",
        help_text="Left empty, the whole course.",
    )

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Course.objects.published().exclude(pk=course.pk)
        self.fields["needed_course"].queryset = others  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if bool(given.get("needed_course")) == bool(given.get("needed_skill")):
            self.add_error("needed_course", "Choose a course or a skill.")
        if given.get("needed_skill") and not given.get("level"):
            self.add_error("level", "Choose the level that is needed.")
        return given


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class NoteForm(forms.Form):
    change_note = forms.CharField(
        max_length=500,
        label="What changed, and why?",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
