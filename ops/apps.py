from __future__ import annotations

import os

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class OpsConfig(AppConfig):
    name = "ops"
    verbose_name = "Operations"

    def ready(self) -> None:
        from django_q.signals import pre_enqueue  # Needs loaded apps.

        from ops import measures  # Needs loaded models.
        from ops.cluster_rules import cluster_faults  # Only the start needs it.
        from ops.jobs.bells import refuse_foreign_tasks  # Needs loaded models.

        if faults := cluster_faults(settings.Q_CLUSTER):
            raise ImproperlyConfigured("Jobs cannot run like this. " + " ".join(faults))
        # The queue library can run any callable; ours is the only one that may enter.
        pre_enqueue.connect(refuse_foreign_tasks, dispatch_uid="ops.refuse_foreign_tasks")
        if "Q_CLUSTER_NAME" in os.environ:  # A cluster of ops/supervisor.py, whose workers count.
            measures.begin()
