"""Forms about SCORM packages."""

from __future__ import annotations

from django import forms

from training.models import ScormPackage


class ImportForm(forms.Form):
    file = forms.FileField(
        label="Package",
        help_text="The zip file that an authoring tool exports as SCORM 1.2 or 2004; up to 300 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )


class SwitchForm(forms.ModelForm):
    class Meta:
        model = ScormPackage
        fields = ("trusts_status", "completes_silent", "always_keeps")
