"""Organizations as people type them."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.actions.organizations import OrganizationContent
from crm.forms.customers import WithCustomFields
from crm.models import Organization
from crm.models.custom_fields import Target
from crm.references import number


class OrganizationForm(WithCustomFields):
    """`seen` is the version that the person saw, empty for a new one."""

    target = Target.ORGANIZATION
    name = forms.CharField(max_length=200, label=_("Name"))
    domains = forms.CharField(
        label=_("E-mail domains"),
        max_length=500,
        required=False,
        help_text=_("Separated by spaces"),
    )
    parent = forms.CharField(
        label=_("Part of"),
        max_length=20,
        required=False,
        help_text=_("Reference of the organization above, such as O-0000012"),
    )
    source = forms.CharField(max_length=80, required=False, label=_("Source"))
    external_id = forms.CharField(label=_("External id"), max_length=120, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_parent(self) -> Organization | None:
        words = self.cleaned_data["parent"].strip()
        if not words:
            return None
        found = Organization.objects.filter(pk=number(words, "O") or 0).first()
        if found is None:
            raise forms.ValidationError(_("There is no organization with this reference."))
        return found

    def content(self) -> OrganizationContent:
        given = self.cleaned_data
        return OrganizationContent(
            name=given["name"],
            domains=given["domains"],
            parent=given["parent"],
            source=given["source"],
            external_id=given["external_id"],
            custom=self.custom_values(),
        )
