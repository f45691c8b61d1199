"""What product code may say only with a reason: each place is listed here, and a new one fails."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = "accounts config crm feedback lib ops quality reports routing training".split()
# What is looked for, in which files, and the places that may: how often, and why.
RULES = {
    "markup that is believed": (
        r"\b(?:mark_safe|SafeString)\(",
        "*.py",
        {
            "crm/clock_pictures.py": (2, "Nothing at all."),
            "crm/forms/widgets.py": (2, "Our own word, and nothing."),
            "crm/pictures.py": (1, "Numbers and our own words."),
            "crm/rows.py": (1, "Numbers and the name of a month."),
            "training/quiz_pages.py": (1, "lib/markup.py has escaped everything."),
        },
    ),
    "markup that templates believe": (
        r"\|\s*safe\b|autoescape off",
        "*.html",
        {"templates/components/field_notes.html": (1, "Help texts are written in our forms.")},
    ),
    "statements written by hand": (
        r"\.raw\(|RawSQL\(|\.extra\(|\.execute\(",
        "*.py",
        {
            "feedback/survey_triggers.py": (1, "Triggers of migrations."),
            "feedback/tallies.py": (1, "Names are ours, values are parameters."),
            "ops/backup/making.py": (4, "The copy and its snapshot; the path is a parameter."),
            "lib/counting.py": (1, "Statements that Django wrote, values are parameters."),
            "lib/migrations.py": (9, "Tables and triggers of migrations; names are ours."),
            "ops/backup/manifest.py": (1, "Counts of our own tables."),
            "ops/backup/restoring.py": (3, "An operator empties a database."),
            "ops/clock.py": (1, "The clock of the database."),
            "ops/database_rules.py": (3, "Settings of the database."),
            "ops/health.py": (1, "SELECT 1."),
            "ops/integrity.py": (1, "SQLite's own check."),
            "ops/planner.py": (2, "How SQLite counts its tables; nothing from outside."),
            "ops/measures.py": (1, "Names are ours, values are parameters."),
            "ops/jobs/running.py": (1, "The time limit of a job; its value is a parameter."),
            "quality/triggers.py": (2, "Triggers of migrations."),
            "reports/management/commands/bench_reports.py": (8, "Made-up rows and their indexes."),
            "reports/replica.py": (1, "How far a replica is behind; no value from outside."),
            "reports/rollups/checking.py": (1, "An isolation level."),
            "reports/rollups/sql.py": (1, "Names are ours, values are parameters."),
        },
    ),
    "code or objects out of data": (
        r"(?<![\w.])(?:eval|exec)\(|\bpickle\b|yaml\.load\(",
        "*.py",
        {},
    ),
    "the host that a request names": (
        r"get_host\(|build_absolute_uri\(",
        "*.py",
        {"training/content_origin.py": (3, "Compares it, and keeps course content apart.")},
    ),
    "ways into the network": (
        r"^\s*(?:import|from) "
        r"(?:requests|httpx|aiohttp|urllib3|urllib\.request|http\.client|socket)\b",
        "*.py",
        {
            "lib/outgoing.py": (2, "The one client; it looks at the address before it connects."),
            "ops/jobs/leases.py": (1, "The name of this host."),
            "ops/supervisor.py": (1, "The name of this host."),
        },
    ),
    "ways to be somebody else": (
        r"django\.test\b|RequestFactory|force_login|impersonat|hijack",
        "*.py",
        {},
    ),
    "every row, whoever asks": (
        r"objects\.all\(\)",
        "*/views/*.py */views.py */api/*.py */api.py",
        {
            "accounts/views/audit.py": (1, "After the record itself was found visible."),
            "crm/api/records.py": (1, "Imports, for those who may import."),
            "feedback/views/boards.py": (1, "Settings, for administrators."),
            "feedback/views/grants.py": (1, "Teams, for whoever reaches all."),
            "quality/views/builder.py": (1, "Sets of answers; they tell of nobody."),
            "training/views/effects.py": (1, "Scorecards; they tell of nobody."),
        },
    ),
}


def sources(patterns):
    """Paths and texts of product files, without migrations and the demo's content."""
    for pattern in patterns.split():
        folders = ["templates"] if pattern == "*.html" else APPS
        for folder in folders:
            for path in (ROOT / folder).rglob(pattern.rpartition("/")[2]):
                name = path.relative_to(ROOT)
                if "migrations" not in name.parts and path.match(pattern):
                    yield name.as_posix(), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES)
def test_every_place_is_listed_with_its_reason(rule):
    pattern, files, listed = RULES[rule]

    found = Counter(
        {name: len(re.findall(pattern, text, re.MULTILINE)) for name, text in sources(files)}
    )

    assert +found == Counter({name: count for name, (count, _reason) in listed.items()})


def test_scan_reads_what_it_is_about():
    texts = dict(sources("*.py"))

    assert {name.split("/")[0] for name in texts} == set(APPS)
    assert len(dict(sources("*.html"))) > 100
    assert "crm/api/records.py" in dict(sources("*/api/*.py"))
