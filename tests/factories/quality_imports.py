"""The smallest valid form that was taken in."""

import factory
from factory.django import DjangoModelFactory

from quality.models import FormImport
from tests.factories.accounts import UserFactory


class FormImportFactory(DjangoModelFactory):
    class Meta:
        model = FormImport

    format = "attune"
    file_name = "form.json"
    ordered_by = factory.SubFactory(UserFactory)
