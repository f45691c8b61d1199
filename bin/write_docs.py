"""Write the parts of the documents that the code knows best; `--check` only compares.

A document marks such a part with `<!-- made: NAME -->` and `<!-- end: NAME -->`.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
# The largest integers of the API differ by database: the documents tell of the embedded one.
os.environ.pop("DATABASE_URL", None)

import django  # noqa: E402 - The settings must be named first.

django.setup()

PART = re.compile(r"(<!-- made: (?P<name>[a-z_]+) -->\n).*?(<!-- end: (?P=name) -->)", re.DOTALL)


def configuration() -> str:
    """The table of environment variables."""
    from config.env import PREFIX, VARIABLES

    lines = ["| Variable | Default | What it does |", "|---|---|---|"]
    for variable in VARIABLES:
        shown = f"`{variable.default}`" if variable.default else "–"
        secret = f" May come from a file named by `{PREFIX}{variable.name}_FILE`."
        sentence = variable.help + (secret if variable.is_secret else "")
        lines.append(f"| `{PREFIX}{variable.name}` | {shown} | {sentence} |")
    return "\n".join(lines)


def subclasses(cls: type) -> list[type]:
    below: list[type] = cls.__subclasses__()
    return [found for sub in below for found in (sub, *subclasses(sub))]


def events() -> str:
    """The table of facts that apps publish."""
    from dataclasses import fields

    from lib.events import Event

    common = {field.name for field in fields(Event)}
    lines = ["| Fact | App | When | Fields |", "|---|---|---|---|"]
    for fact in sorted(subclasses(Event), key=lambda cls: (cls.__module__, cls.__name__)):
        if fact.__module__.startswith("tests"):
            continue
        own = ", ".join(f"`{field.name}`" for field in fields(fact) if field.name not in common)
        app = fact.__module__.split(".")[0]
        sentence = " ".join((fact.__doc__ or "").split())
        lines.append(f"| `{fact.__name__}` | {app} | {sentence} | {own} |")
    return "\n".join(lines)


def commands() -> str:
    """The table of Attune's own manage.py commands."""
    from django.core.management import get_commands, load_command_class

    own = {"config", "reports", "training", "feedback", "quality", "crm", "accounts", "ops"}
    lines = ["| Command | What it does |", "|---|---|"]
    for name, app in sorted(get_commands().items()):
        if isinstance(app, str) and app in own:
            lines.append(f"| `{name}` | {load_command_class(app, name).help} |")
    return "\n".join(lines)


def webhooks() -> str:
    """The table of events that webhooks tell."""
    from ops import outbox

    lines = ["| Event | When |", "|---|---|"]
    lines += [f"| `{name}` | {sentence} |" for name, sentence in outbox.catalog()]
    return "\n".join(lines)


def openapi() -> str:
    """The description of the API, of which docs/api/openapi.yaml is the whole file."""
    import yaml

    from config.api_docs import document

    text: str = yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)
    return text


PARTS: dict[str, Callable[[], str]] = {
    "configuration": configuration,
    "events": events,
    "commands": commands,
    "webhooks": webhooks,
}


def renewed(text: str) -> str:
    return PART.sub(lambda m: f"{m[1]}{PARTS[m['name']]()}\n{m[3]}", text)


FILES: dict[str, Callable[[], str]] = {"docs/api/openapi.yaml": openapi}


def documents() -> Iterator[tuple[Path, str, str]]:
    """Each document with its text of now and as it should be."""
    for path in sorted((ROOT / "docs").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        yield path, text, renewed(text)
    for name, write in FILES.items():
        path = ROOT / name
        yield path, path.read_text(encoding="utf-8") if path.exists() else "", write()


def main() -> int:
    stale = []
    for path, text, fresh in documents():
        if fresh != text:
            stale.append(path.relative_to(ROOT))
            if "--check" not in sys.argv:
                path.write_text(fresh, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print("Run `python bin/write_docs.py`; out of date:", *stale)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
