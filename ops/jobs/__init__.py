"""Jobs: work that is done once, later, whatever process dies on the way.

    @job("crm.run_import", queue="slow", style="steps")
    def run_import(cursor, *, run_id): ...

    enqueue("crm.run_import", key=f"import-{run_id}", run_id=run_id)

docs/how-to/jobs.md tells the rest.
"""

from ops.jobs.delivering import Unsent
from ops.jobs.leases import LeaseLost
from ops.jobs.queue import KeyReused, NotInTransaction, enqueue, enqueue_all
from ops.jobs.registry import (
    BadJob,
    Job,
    UnknownJob,
    all_jobs,
    discover,
    find,
    job,
)
from ops.jobs.running import run
from ops.jobs.steps import Step

__all__ = [
    "BadJob",
    "Job",
    "KeyReused",
    "LeaseLost",
    "NotInTransaction",
    "Step",
    "UnknownJob",
    "Unsent",
    "all_jobs",
    "discover",
    "enqueue",
    "enqueue_all",
    "find",
    "job",
    "run",
]
