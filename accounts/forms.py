"""Forms about people: validate, say what is wrong, and hand over clean data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import teams
from accounts.actions import AlreadyInTeam, NotForOneself
from accounts.models import (
    AccessKind,
    AgentKey,
    MembershipKind,
    RightGrant,
    Team,
    TeamMembership,
    User,
)
from accounts.permissions import policy
from lib.slots import local_day


class MembershipForm(forms.ModelForm):
    """A new membership, or a new end of one that exists."""

    class Meta:
        model = TeamMembership
        fields = ["user", "team", "kind", "starts_at", "ends_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in self.fields.keys() & {"user", "team", "kind", "starts_at"}:
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk and self.instance.ends_at and not self.cleaned_data.get("ends_at"):
            raise forms.ValidationError("A membership that ended stays ended. Add a new one.")
        return cleaned

    def _post_clean(self) -> None:
        """Look for overlaps once the entered values are in the row."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors or self.instance.user_id is None:
            return
        clash = teams.clash_of(self.instance)
        if clash is not None:
            self.add_error(None, str(AlreadyInTeam(clash)))


class AgentKeyForm(forms.ModelForm):
    class Meta:
        model = AgentKey
        fields = ["source", "key", "user", "starts_at", "ends_at"]

    def _post_clean(self) -> None:
        """Look for overlaps once the entered values are in the row."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        clash = teams.clash_of_key(self.instance)
        if clash is not None:
            self.add_error("key", f"In that time this key already names {clash.user}.")


class RightGrantForm(forms.ModelForm):
    """`by` is the person who fills the form in; the admin sets it."""

    by: User | None = None
    right = forms.ChoiceField(choices=[])

    class Meta:
        model = RightGrant
        fields = ["user", "right", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "right" in self.fields:
            choose(self.fields["right"], sorted(policy().rights.items()))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        user, right = cleaned.get("user"), cleaned.get("right")
        held = RightGrant.objects.filter(user=user, right=right, to_at__isnull=True)
        if user and right and held.exists():
            self.add_error("right", "This person has that right already.")
        if user and user == self.by:
            self.add_error("user", str(NotForOneself()))
        return cleaned


class LanguageForm(forms.Form):
    """The language that Attune speaks to one."""

    language = forms.ChoiceField(
        choices=[("", _("As the browser asks")), *settings.LANGUAGES],
        required=False,
        label=_("Language"),
        help_text=_(
            "Your pages and your mails speak it. Pages that are not translated yet stay in English."
        ),
    )


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = [
            "email",
            "full_name",
            "display_name",
            "kind",
            "time_zone",
            "language",
            "hired_on",
            "left_on",
        ]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Somebody already signs in with this e-mail.")
        return email


class NewUserForm(UserForm):
    """A new person; the first roles are given at once."""

    roles = forms.MultipleChoiceField(
        choices=[], widget=forms.CheckboxSelectMultiple, required=False
    )

    class Meta(UserForm.Meta):
        fields = ["email", "full_name", "display_name", "kind"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["roles"], role_choices())


# --- Pages --------------------------------------------------------------------------------------


class SignInForm(LoginForm):
    """The sign-in library's form in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_plainly(self.fields["login"], gettext("E-mail"))
        self.fields["login"].widget.attrs["autofocus"] = True
        say_plainly(self.fields["password"], gettext("Password"))


class RequestResetForm(ResetPasswordForm):
    """The sign-in library's form in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_plainly(self.fields["email"], gettext("E-mail"))


def say_plainly(field: forms.Field, label: str) -> None:
    """A label above the field, and nothing inside that vanishes when one types."""
    field.label = label
    field.widget.attrs.pop("placeholder", None)


def role_choices() -> list[tuple[str, str]]:
    return [(role, role.capitalize()) for role in policy().roles]


class DayField(forms.DateField):
    """A day of the site's zone, handed over as its first instant."""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value: Any) -> datetime | None:
        on: date | None = super().clean(value)
        return None if on is None else local_day(on, settings.TIME_ZONE)[0]


class PeopleFilters(forms.Form):
    q = forms.CharField(required=False, max_length=100, label="Name or e-mail")
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    role = forms.ChoiceField(choices=[], required=False)
    with_inactive = forms.BooleanField(required=False, label="Closed accounts too")

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_team(self.fields["team"], reader)
        choose(self.fields["role"], [("", "All roles"), *role_choices()])


class RoleForm(forms.Form):
    """One role and why; `only` and `without` narrow what the page offers."""

    role = forms.ChoiceField(choices=[])
    reason = forms.CharField(max_length=500)

    def __init__(
        self,
        *args: Any,
        only: list[str] | None = None,
        without: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = [(role, title) for role, title in role_choices() if role not in (without or [])]
        kept = [(role, title) for role, title in offered if only is None or role in only]
        choose(self.fields["role"], kept)


class JoinTeamForm(forms.Form):
    team = forms.ModelChoiceField(Team.objects.none())
    kind = forms.ChoiceField(choices=MembershipKind.choices, label="As")
    starts_on = DayField(label="From")

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_team(self.fields["team"], reader)


class LeaveTeamForm(forms.Form):
    ends_on = DayField(label="Ends on", help_text="The first day outside the team.")


class DeactivateForm(forms.Form):
    reason = forms.CharField(max_length=500)


class EraseForm(forms.Form):
    reason = forms.CharField(max_length=500)
    is_sure = forms.BooleanField(
        label="I know that this cannot be undone",
        error_messages={"required": "Tick that you know that this cannot be undone."},
    )


class AuditFilters(forms.Form):
    """`object` is `app.model:id`, as links from other pages say it."""

    object = forms.RegexField(
        r"^[a-z_]+\.[a-z0-9_]+:[A-Za-z0-9-]{1,40}$",
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": "An object is written as app.model:id."},
    )
    who = forms.CharField(required=False, max_length=100, label="Who")
    verb = forms.CharField(required=False, max_length=80, label="Did what")
    from_on = DayField(required=False, label="From")
    to_on = DayField(required=False, label="Before")


class AccessFilters(forms.Form):
    who = forms.CharField(required=False, max_length=100, label="Who")
    kind = forms.ChoiceField(
        choices=[("", "Every kind"), *AccessKind.choices], required=False, label="What"
    )
    from_on = DayField(required=False, label="From")
    to_on = DayField(required=False, label="Before")


def choose(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def choose_team(field: forms.Field, reader: User) -> None:
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = Team.objects.visible_to(reader)
