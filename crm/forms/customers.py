"""Customers, contact points and what hangs on them, as people type them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.actions.customers import CustomerContent
from crm.contact_points import Unreadable
from crm.custom_fields import form_field, initial
from crm.importing.ways import Way, email_way, handle_way, phone_way
from crm.models import (
    ConsentPurpose,
    ContactPoint,
    Customer,
    CustomFieldDefinition,
    Organization,
    RelationType,
)
from crm.models.consents import ANY, Decision, LawfulBasis
from crm.models.custom_fields import Target
from crm.models.customers import ContactKind, InvalidReason
from crm.models.interactions import Channel
from crm.models.notes import LONGEST_NOTE
from crm.models.organizations import RoleKind
from crm.readers.base import HandleRecord
from crm.references import number
from lib.speaking import spoken

NETWORKS = (
    ("", "–"),
    ("whatsapp", "WhatsApp"),
    ("instagram", "Instagram"),
    ("telegram", "Telegram"),
    ("webchat", _("Web chat")),
    ("x", "X"),
    ("other", _("Another network")),
)
CUSTOM = "custom_"


def read_way(kind: str, network: str, raw: str) -> Way:
    """What was typed as a normalized contact point; raises Unreadable with a sentence."""
    if kind == ContactKind.PHONE:
        return phone_way(raw, settings.PHONE_REGION)
    if kind == ContactKind.EMAIL:
        return email_way(raw)
    return handle_way(HandleRecord(network, raw), settings.PHONE_REGION)


class ContactPointForm(forms.ModelForm):
    """Normalizes what was typed; `raw` keeps it as it stands. For the admin."""

    class Meta:
        model = ContactPoint
        fields = ("kind", "network", "raw", "label", "is_primary")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind, raw = cleaned.get("kind"), cleaned.get("raw")
        if kind and raw:
            try:
                self._take(read_way(kind, cleaned.get("network", ""), raw))
            except Unreadable as error:
                self.add_error("raw", spoken(error.message))
        return cleaned

    def _take(self, way: Way) -> None:
        names = ("value", "extension", "country", "match_key", "reversed_digits", "validity")
        for name in names:
            setattr(self.instance, name, getattr(way, name))


class WayForm(forms.Form):
    """One contact point on the page of a customer."""

    kind = forms.ChoiceField(choices=ContactKind.choices, label=_("Kind"))
    network = forms.ChoiceField(
        choices=NETWORKS,
        required=False,
        help_text=_("Of a handle: where it is known"),
        label=_("Network"),
    )
    raw = forms.CharField(label=_("Number, address or handle"), max_length=254)
    label = forms.CharField(
        max_length=40, required=False, help_text=_("Home, work, assistant"), label=_("Label")
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind, raw = cleaned.get("kind"), cleaned.get("raw")
        if kind == ContactKind.HANDLE and not cleaned.get("network"):
            self.add_error("network", _("Choose the network of the handle."))
        elif kind and raw:
            try:
                cleaned["way"] = read_way(kind, cleaned.get("network", ""), raw)
            except Unreadable as error:
                self.add_error("raw", spoken(error.message))
        return cleaned


class WithCustomFields(forms.Form):
    """Adds a field for each custom field of the target, named custom_<key>."""

    target: ClassVar[str]

    def __init__(self, *args: Any, held: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definitions = list(CustomFieldDefinition.objects.of(self.target))
        for definition in self.definitions:
            field = form_field(definition)
            field.initial = initial(definition, (held or {}).get(definition.key))
            self.fields[CUSTOM + definition.key] = field

    @property
    def custom_fields(self) -> list[forms.BoundField]:
        return [self[CUSTOM + definition.key] for definition in self.definitions]

    def custom_values(self) -> dict[str, Any]:
        return {
            definition.key: self.cleaned_data.get(CUSTOM + definition.key)
            for definition in self.definitions
        }

    def refuse(self, field: str, sentence: str) -> None:
        """Put a verb's refusal beside its field, above the form where it has none here."""
        name = next((known for known in (field, CUSTOM + field) if known in self.fields), None)
        self.add_error(name, sentence)


class CustomerForm(WithCustomFields):
    """A customer; `seen` is the version that the person saw, empty for a new one."""

    target = Target.CUSTOMER
    first_name = forms.CharField(max_length=100, required=False, label=_("First name"))
    last_name = forms.CharField(max_length=100, required=False, label=_("Last name"))
    display_name = forms.CharField(
        label=_("Shown as"),
        max_length=200,
        required=False,
        help_text=_("First and last name if empty"),
    )
    preferred_language = forms.CharField(
        max_length=12,
        required=False,
        help_text=_("A code such as en or de-CH"),
        label=_("Preferred language"),
    )
    preferred_channel = forms.ChoiceField(
        choices=[("", "–"), *Channel.choices], required=False, label=_("Preferred channel")
    )
    time_zone = forms.CharField(
        max_length=64,
        required=False,
        help_text=_("A name such as Europe/Berlin"),
        label=_("Time zone"),
    )
    source = forms.CharField(
        max_length=80,
        required=False,
        help_text=_("The system that knows the customer by the id"),
        label=_("Source"),
    )
    external_id = forms.CharField(label=_("External id"), max_length=120, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone and zone not in available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Example: Europe/Berlin"))
        return zone

    def content(self) -> CustomerContent:
        names = [name for name in CustomerContent.__dataclass_fields__ if name != "custom"]
        given = {name: self.cleaned_data[name] for name in names}
        return CustomerContent(**given, custom=self.custom_values())


class NewCustomerForm(CustomerForm):
    """A new customer with the first ways to reach them."""

    phone = forms.CharField(
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        label=_("Phone"),
    )
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    network = forms.ChoiceField(choices=NETWORKS, required=False, label=_("Network"))
    handle = forms.CharField(
        max_length=200, required=False, label=pgettext_lazy("contact point", "Handle")
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["ways"] = []
        for kind in (ContactKind.PHONE, ContactKind.EMAIL, ContactKind.HANDLE):
            raw = cleaned.get(kind.value)
            if not raw:
                continue
            if kind == ContactKind.HANDLE and not cleaned.get("network"):
                self.add_error("network", _("Choose the network of the handle."))
                continue
            try:
                cleaned["ways"].append(read_way(kind, cleaned.get("network", ""), raw))
            except Unreadable as error:
                self.add_error(kind.value, spoken(error.message))
        return cleaned


class VipForm(forms.Form):
    is_vip = forms.BooleanField(label=_("This customer is a VIP"), required=False)
    vip_reason = forms.CharField(label=_("Because"), max_length=200, required=False)
    vip_until_on = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The last day; empty for no end"),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        min_length=10, max_length=500, widget=forms.Textarea(attrs={"rows": 3}), label=_("Reason")
    )


class NoteForm(forms.Form):
    body = forms.CharField(
        label=_("Note"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3})
    )


class TagForm(forms.Form):
    name = forms.CharField(label=_("Tag"), max_length=40)


class InvalidForm(forms.Form):
    reason = forms.ChoiceField(choices=InvalidReason.choices, label=_("Reason"))


class ConsentForm(forms.Form):
    purpose = forms.ModelChoiceField(
        ConsentPurpose.objects.all(), empty_label=None, label=_("Purpose")
    )
    channel = forms.ChoiceField(
        choices=[(ANY, _("Every channel")), *Channel.choices], label=_("Channel")
    )
    decision = forms.ChoiceField(choices=Decision.choices, label=_("Decision"))
    lawful_basis = forms.ChoiceField(label=_("Basis"), choices=LawfulBasis.choices)
    source = forms.CharField(
        max_length=80, required=False, help_text=_("Form, call, letter"), label=_("Source")
    )
    text_version = forms.CharField(label=_("Version of the text"), max_length=40, required=False)
    decided_at = forms.DateTimeField(
        label=_("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Empty for now"),
    )

    def clean_decided_at(self) -> Any:
        at = self.cleaned_data["decided_at"]
        if at is not None and at > timezone.now():
            raise forms.ValidationError(_("A decision cannot lie in the future."))
        return at


class DaysForm(forms.Form):
    """Two days, both included; what is left empty is open."""

    from_on = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    to_on = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class RoleForm(DaysForm):
    """The organization is named by its reference or its whole name."""

    organization = forms.CharField(
        max_length=200,
        help_text=_("Name or reference of the organization"),
        label=_("Organization"),
    )
    role = forms.ChoiceField(choices=RoleKind.choices, label=_("Role"))
    title = forms.CharField(max_length=120, required=False, label=pgettext_lazy("job", "Title"))
    field_order = ("organization", "role", "title", "from_on", "to_on")

    def clean_organization(self) -> Organization:
        words = self.cleaned_data["organization"].strip()
        pk = number(words, "O")
        rows = (
            Organization.objects.filter(pk=pk)
            if pk
            else Organization.objects.filter(name__iexact=words)
        )
        found = list(rows[:2])
        if len(found) == 1:
            return found[0]
        several = _("Several organizations have this name. Enter the reference, such as O-0000012.")
        raise forms.ValidationError(several if found else _("There is no such organization yet."))


class RelationForm(forms.Form):
    """The other customer is named by the reference."""

    type = forms.ChoiceField(label=_("Is"))
    other = forms.CharField(
        label=_("Of customer"), max_length=20, help_text=_("The reference, such as C-0000123")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["type"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(self._choices())

    def _choices(self) -> Any:
        for kind in RelationType.objects.all():
            yield f"{kind.pk}", kind.name
            if not kind.is_symmetric and kind.inverse_name:
                yield f"-{kind.pk}", kind.inverse_name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "type" in cleaned:
            chosen = int(cleaned["type"])
            cleaned["is_inverse"] = chosen < 0
            cleaned["type"] = RelationType.objects.get(pk=abs(chosen))
        return cleaned

    def clean_other(self) -> Customer:
        pk = number(self.cleaned_data["other"], "C")
        found = Customer.objects.active().filter(pk=pk).first() if pk else None
        if found is None:
            raise forms.ValidationError(_("Enter the reference of an active customer."))
        return found
