"""Speed of the customer record: import of a clean file, its undo, who is calling, the page.

    python -m bench.customer_record [--customers N] [--rows N] [--interactions N] [--rounds N]

Runs on the database of DATABASE_URL, in a database of its own that is made and dropped again.
Prints one JSON object. The bare import reads the same file with csv.reader and stores the same
customers and contact points with bulk_create, 5,000 at a time.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import resource
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User, role_group  # noqa: E402
from crm import lookup  # noqa: E402
from crm.actions import imports  # noqa: E402
from crm.importing import undoing  # noqa: E402
from crm.importing.files import keep_file  # noqa: E402
from crm.importing.options import ImportOptions  # noqa: E402
from crm.importing.work import work  # noqa: E402
from crm.models import ContactPoint, Customer, ImportRun, Interaction  # noqa: E402

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
AT_ONCE = 5_000
HEADER = ["No", "First", "Last", "Phone", "Mail"]
COLUMNS = dict(
    zip(HEADER, ("external_id", "first_name", "last_name", "phones", "emails"), strict=True)
)


def phone(number: int) -> str:
    return f"+1415{2_000_000 + number:07d}"


def rows_of(count: int, first: int = 0) -> list[list[str]]:
    return [
        [str(n), f"First{n}", f"Last{n}", phone(n), f"person{n}@bench.example"]
        for n in range(first, first + count)
    ]


def seconds_of(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def staged(rows: Iterable[list[str]]) -> ImportRun:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    file = keep_file(io.BytesIO(text.getvalue().encode()), name="people.csv", by=None)
    return imports.stage_import(
        file=file,
        format_name="delimited",
        mapping={"kind": "customers", "columns": COLUMNS},
        options=ImportOptions(phone_region="US"),
        by=None,
        at=timezone.now(),
    )


def imported(run: ImportRun) -> ImportRun:
    run = imports.start_import(run=run, by=None, at=timezone.now(), again=True, in_background=False)
    for _ in work(run, timezone.now):
        pass
    run.refresh_from_db()
    assert run.created == run.read, run.counters
    return run


def undone(run: ImportRun) -> None:
    run = imports.undo_import(run=run, by=None, at=timezone.now(), in_background=False)
    for _ in undoing.undo(run):
        pass
    imports.finish_undo(run=run, at=timezone.now())


def bare(rows: list[list[str]], source: str) -> None:
    """The same file read and stored with nothing in between."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    read = list(csv.reader(text))
    for start in range(0, len(read), AT_ONCE):
        store(read[start : start + AT_ONCE], source)


def store(rows: list[list[str]], source: str) -> None:
    with transaction.atomic():
        made = Customer.objects.bulk_create(
            Customer(
                source=source,
                external_id=number,
                first_name=first,
                last_name=last,
                display_name=f"{first} {last}",
                name_key=f"{first} {last}".lower(),
            )
            for number, first, last, _, _ in rows
        )
        ContactPoint.objects.bulk_create(
            ContactPoint(
                customer=customer,
                kind=kind,
                raw=value,
                value=value,
                match_key=value,
                reversed_digits=value[:0:-1] if kind == "phone" else "",
                is_primary=True,
            )
            for customer, row in zip(made, rows, strict=True)
            for kind, value in (("phone", row[3]), ("email", row[4]))
        )


def history(customer: Customer, count: int) -> None:
    Interaction.objects.bulk_create(
        Interaction(
            source="bench",
            external_id=str(number),
            channel="voice",
            outcome="handled",
            customer=customer,
            started_at=BEGIN + timedelta(hours=number),
        )
        for number in range(count)
    )
    Customer.objects.filter(pk=customer.pk).update(interaction_count=count)


def admin() -> User:
    user = User.objects.create_user(email="admin@bench.example", full_name="Admin")
    user.groups.add(role_group("admin"))
    return user


def page_queries(user: User, customer: Customer) -> int:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    client.get(customer.get_absolute_url())
    with CaptureQueriesContext(connection) as context:
        assert client.get(customer.get_absolute_url()).status_code == 200
    return len(context)


def looked_up(user: User, count: int, rounds: int) -> float:
    """Milliseconds of one look-up among so many customers."""
    numbers = [phone((step * 7919) % count) for step in range(rounds)]
    return 1000 * median(seconds_of(lambda n=n: lookup.callers(user, n))[0] for n in numbers)


def measure(customers: int, rows: int, interactions: int, rounds: int) -> dict[str, object]:
    user = admin()
    found: dict[str, object] = {"database": connection.vendor, "rows": rows}
    store(rows_of(1_000), "first")
    few = looked_up(user, 1_000, rounds * 20)
    for start in range(1_000, customers, AT_ONCE):
        store(rows_of(min(AT_ONCE, customers - start), start), "first")
    many = looked_up(user, customers, rounds * 20)
    found["look_up_at_all_to_1000_customers"] = round(many / few, 2)
    found["look_up_wanted_at_most"] = 1.5
    ours, theirs, back = [], [], []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for turn in range(rounds):
        told = rows_of(rows, customers + 1 + 2 * turn * rows)
        run = staged(told)
        took, run = seconds_of(lambda run=run: imported(run))
        ours.append(took)
        back.append(seconds_of(lambda run=run: undone(run))[0])
        other = rows_of(rows, customers + 1 + (2 * turn + 1) * rows)
        theirs.append(seconds_of(lambda other=other, turn=turn: bare(other, f"bare-{turn}"))[0])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found["import_ratio"] = round(median(theirs) / median(ours), 2)
    found["import_ratio_wanted"] = 0.5
    found["undo_ratio_to_import"] = round(median(ours) / median(back), 2)
    found["undo_wanted"] = 1.0
    found["grown_megabytes"] = round(grown / 1024)
    one, often = Customer.objects.order_by("pk")[:2]
    history(often, interactions)
    found["page_queries"] = {"none": page_queries(user, one), "all": page_queries(user, often)}
    found["page_queries_wanted_at_most"] = 25
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--interactions", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        found = measure(chosen.customers, chosen.rows, chosen.interactions, chosen.rounds)
        print(json.dumps(found, indent=1))
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
