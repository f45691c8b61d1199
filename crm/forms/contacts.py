"""Forms of contacts that people write down, of sounds they add, and of what is wrong in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.actions.contacts import WRITTEN_DIRECTIONS
from crm.forms.cases import ReferenceField
from crm.forms.customers import WithCustomFields
from crm.models import Customer, Disposition
from crm.models.custom_fields import Target
from crm.models.interactions import Channel
from ops import file_types
from routing.models import Queue

CUSTOMER_HELP = _("The reference on the customer’s page, as C-0000123.")
OTHER_HELP = _(
    "The reference on the customer’s page, as C-0000123. Empty: nobody knows with whom it was."
)
SOUNDS = frozenset({"audio/wav", "audio/mpeg", "audio/mp4", "audio/ogg", "video/webm", "video/mp4"})


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class OwnValuesForm(WithCustomFields):
    """The custom fields of an interaction; `seen` is the version that the person saw."""

    target = Target.INTERACTION
    seen = forms.IntegerField(widget=forms.HiddenInput)


class ContactForm(forms.Form):
    """A walk-in, a call without a switch, a letter: whatever no file tells of."""

    channel = forms.ChoiceField(
        choices=Channel.choices, initial=Channel.IN_PERSON, label=_("Channel")
    )
    direction = forms.ChoiceField(
        choices=[(one.value, one.label) for one in WRITTEN_DIRECTIONS], label=_("Who began it")
    )
    customer = ReferenceField("C", required=False, help_text=CUSTOMER_HELP, label=_("Customer"))
    started_at = _moment(_("Began"))
    ended_at = _moment(_("Ended"))
    subject = forms.CharField(max_length=200, required=False, label=_("What was it about?"))
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True),
        required=False,
        empty_label=_("No queue"),
        label=_("Queue"),
    )
    disposition = forms.ModelChoiceField(
        Disposition.objects.none(),
        required=False,
        empty_label=_("Not said"),
        label=_("What came of it"),
    )
    note = forms.CharField(
        max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4}), label=_("Note")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer, disposition = self.fields["customer"], self.fields["disposition"]
        assert isinstance(customer, ReferenceField)
        assert isinstance(disposition, forms.ModelChoiceField)
        customer.rows = Customer.objects.visible_to(user)
        disposition.queryset = Disposition.objects.in_use().filter(children__isnull=True)


class OtherCustomerForm(forms.Form):
    customer = ReferenceField("C", required=False, help_text=OTHER_HELP, label=_("Customer"))
    reason = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 2}), label=_("Reason")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["customer"]
        assert isinstance(field, ReferenceField)
        field.rows = Customer.objects.visible_to(user)


class RecordingForm(forms.Form):
    """A sound, known by its content whatever its name says."""

    file = forms.FileField(
        help_text=_("WAV, MP3, M4A, OGG or WebM, up to 500 MB."), label=_("File")
    )
    media_type = ""

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        assert file.file is not None
        found = file_types.media_type_of(file.file, file.name or "")
        if found not in SOUNDS:
            raise forms.ValidationError(
                _("This is not a sound that can be kept. Use WAV, MP3, M4A, OGG or WebM.")
            )
        if (file.size or 0) > file_types.largest(found):
            raise forms.ValidationError(_("The file is larger than 500 MB."))
        self.media_type = found
        return file
