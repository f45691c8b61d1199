"""How Django writes forms: every field through templates/components/field.html."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class LookRenderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
