"""The smallest valid rows of routing."""

import factory
from factory.django import DjangoModelFactory

from routing import models


class QueueFactory(DjangoModelFactory):
    class Meta:
        model = models.Queue

    name = factory.Sequence(lambda n: f"Queue {n}")
