"""Forms of requirements, of the compliance matrix and of papers from elsewhere."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import Team, User
from training.actions.requirements import Of, Wanted
from training.models import Course, LearningPath, Requirement
from training.models.compliance import ProofKind

DAY = {"type": "date"}
FURTHEST_DAYS = 366
SEVERAL = forms.CheckboxSelectMultiple


class MatrixFilter(forms.Form):
    on = forms.DateField(
        required=False, label="As of", widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    known = forms.ChoiceField(
        required=False,
        label="What counts",
        choices=(("then", "What was known then"), ("now", "What is known now")),
    )

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean_on(self) -> date | None:
        on: date | None = self.cleaned_data["on"]
        if on is not None and on > self.today + timedelta(days=FURTHEST_DAYS):
            raise forms.ValidationError("Choose a day at most 366 days from today.")
        return on


SIGNERS = ("trainer", "supervisor", "admin")


class RequirementForm(forms.ModelForm):
    courses = forms.ModelMultipleChoiceField(
        Course.objects.none(), required=False, widget=SEVERAL, help_text="All of them."
    )
    paths = forms.ModelMultipleChoiceField(
        LearningPath.objects.none(), required=False, widget=SEVERAL
    )
    certificates = forms.ModelMultipleChoiceField(
        Course.objects.none(),
        required=False,
        widget=SEVERAL,
        label="Certificates of",
        help_text="It holds as long as the certificate says.",
    )
    live_sessions = forms.ModelMultipleChoiceField(
        Course.objects.none(),
        required=False,
        widget=SEVERAL,
        label="A live session of",
        help_text="Four fifths of one of its meetings.",
    )
    or_courses = forms.ModelMultipleChoiceField(
        Course.objects.none(),
        required=False,
        widget=SEVERAL,
        label="Or these courses",
        help_text="A second way to meet it, all of them.",
    )
    accepts_documents = forms.BooleanField(
        required=False, label="An approved document from elsewhere also counts"
    )
    role = forms.ChoiceField(required=False)

    class Meta:
        model = Requirement
        fields = (
            "title",
            "code",
            "description",
            "role",
            "team",
            "validity_months",
            "anchor",
            "calendar_month",
            "calendar_day",
            "minimum_validity_months",
            "window_days",
            "grace_days",
            "due_days",
            "due_soon_days",
            "pauses_in_absence",
            "certificate_signer",
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role, role.capitalize()) for role in sorted(permissions.policy().roles)]
        self.fields["role"].choices = [("", "Every role"), *roles]  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]
        signers = User.objects.active().filter(kind="person", groups__name__in=SIGNERS).distinct()
        self.fields["certificate_signer"].queryset = signers  # type: ignore[attr-defined]
        published = Course.objects.published()
        for name in ("courses", "or_courses"):
            self.fields[name].queryset = published  # type: ignore[attr-defined]
        certified = published.filter(gives_certificate=True)
        self.fields["certificates"].queryset = certified  # type: ignore[attr-defined]
        live = Q(revisions__modules__lessons__kind="live_session")
        self.fields["live_sessions"].queryset = published.filter(live).distinct()  # type: ignore[attr-defined]
        self.fields["paths"].queryset = LearningPath.objects.offered()  # type: ignore[attr-defined]
        if self.instance.pk:
            self._show_proofs()

    def _show_proofs(self) -> None:
        proofs = list(self.instance.proofs.all())
        first = [one for one in proofs if one.alternative == 1]
        shown = {
            "courses": [one.course_id for one in first if one.kind == ProofKind.COURSE],
            "paths": [one.path_id for one in first if one.kind == ProofKind.PATH],
            "certificates": [one.course_id for one in first if one.kind == ProofKind.CERTIFICATE],
            "live_sessions": [one.course_id for one in first if one.kind == ProofKind.LIVE_SESSION],
            "or_courses": [
                one.course_id
                for one in proofs
                if one.alternative > 1 and one.kind == ProofKind.COURSE
            ],
            "accepts_documents": any(one.kind == ProofKind.DOCUMENT for one in proofs),
        }
        self.initial.update(shown)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("anchor") == "calendar":
            for name in ("calendar_month", "calendar_day", "validity_months"):
                if not given.get(name):
                    self.add_error(name, "A day of the year needs month, day and validity.")
            self._check_day(given.get("calendar_month"), given.get("calendar_day"))
        else:
            given["calendar_month"] = given["calendar_day"] = None
        return given

    def _check_day(self, month: int | None, day: int | None) -> None:
        if month and not 1 <= month <= 12:
            self.add_error("calendar_month", "Give a month from 1 to 12.")
        if day and not 1 <= day <= 31:
            self.add_error("calendar_day", "Give a day from 1 to 31.")

    @property
    def alternatives(self) -> list[list[Wanted]]:
        """The ways to meet it; an empty one is left out."""
        given = self.cleaned_data
        ways: list[list[Wanted]] = [
            [
                *given["courses"],
                *given["paths"],
                *(Of(ProofKind.CERTIFICATE, one) for one in given["certificates"]),
                *(Of(ProofKind.LIVE_SESSION, one) for one in given["live_sessions"]),
            ],
            list(given["or_courses"]),
            [None] if given["accepts_documents"] else [],
        ]
        return [way for way in ways if way]

    @property
    def own_fields(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class DocumentForm(forms.Form):
    title = forms.CharField(max_length=200, label=_("What it is"))
    file = forms.FileField(label=_("File"), help_text=_("PDF, JPEG or PNG, at most 10 MB."))
    issued_on = forms.DateField(label=_("Issued on"), widget=forms.DateInput(attrs=DAY))
    valid_until_on = forms.DateField(label=_("Valid until"), widget=forms.DateInput(attrs=DAY))


class WaiveForm(forms.Form):
    until_on = forms.DateField(label="Until", widget=forms.DateInput(attrs=DAY))
    reason = forms.CharField(max_length=500)
