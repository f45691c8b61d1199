"""Samples of crm's jobs."""

from datetime import UTC, date, datetime

from crm.actions import cases, imports
from tests.crm.runs import AT, call, imported, staged
from tests.factories.accounts import UserFactory
from tests.factories.crm import (
    BulkRunFactory,
    ContactPointFactory,
    CustomerFactory,
    ExportRunFactory,
    PrivacyRequestFactory,
    SegmentFactory,
    TurnFactory,
)
from tests.factories.crm_cases import PromiseFactory, SlaPolicyFactory, TaskFactory
from tests.ops.job_samples import sample


@sample("crm.run_import")
def run_import():
    run = staged([call(1), call(2)])
    return {"run_id": imports.start_import(run=run, by=None, at=AT, in_background=False).pk}


@sample("crm.watch_clocks")
def watch_clocks():
    SlaPolicyFactory(targets={"resolution": 60})
    cases.open_case(subject="Parcel is late", by=None, at=AT, assignee=UserFactory())
    return {}


@sample("crm.settle_promises")
def settle_promises():
    PromiseFactory()
    return {}


@sample("crm.remind")
def remind():
    TaskFactory(assignee=UserFactory(), reminder_at=AT)
    return {}


@sample("crm.close_resolved")
def close_resolved():
    case = cases.open_case(subject="Parcel is late", by=None, at=AT)
    cases.resolve_case(case=case, by=None, at=AT)
    return {}


@sample("crm.recount_counters")
def recount_counters():
    TaskFactory(assignee=UserFactory())
    return {}


@sample("crm.recompute_clocks")
def recompute_clocks():
    cases.open_case(subject="Parcel is late", by=None, at=AT)
    SlaPolicyFactory(targets={"resolution": 60})
    return {"at_iso": AT.isoformat()}


@sample("crm.scan_duplicates")
def scan_duplicates():
    for _ in range(2):
        ContactPointFactory(value="+14155552671", match_key="+14155552671")
    return {}


@sample("crm.refresh_segments")
def refresh_segments():
    SegmentFactory()
    return {}


@sample("crm.end_vips")
def end_vips():
    CustomerFactory(is_vip=True, vip_until_on=date(2020, 1, 1))
    return {}


@sample("crm.export_person")
def export_person():
    request = PrivacyRequestFactory(kind="access", state="running")
    return {"request_id": request.pk}


@sample("crm.erase_person")
def erase_person():
    request = PrivacyRequestFactory(state="approved")
    ContactPointFactory(customer=request.customer)
    return {"request_id": request.pk}


@sample("crm.apply_retention")
def apply_retention():
    TurnFactory(transcript__interaction__started_at=datetime(2010, 1, 1, tzinfo=UTC))
    return {}


@sample("crm.remove_expired_exports")
def remove_expired_exports():
    PrivacyRequestFactory(expires_at=AT)
    return {}


@sample("crm.run_export")
def run_export():
    return {"run_id": ExportRunFactory(kind="customers").pk}


@sample("crm.run_bulk")
def run_bulk():
    customer = CustomerFactory()
    return {"run_id": BulkRunFactory(total=1, last_id=customer.pk).pk}


@sample("crm.undo_import")
def undo_import():
    run = imported([call(1), call(2)])
    return {"run_id": imports.undo_import(run=run, by=None, at=AT, in_background=False).pk}
