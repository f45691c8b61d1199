"""Django's own command, which also collects what pure modules say."""

from __future__ import annotations

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    help = "Collect every string that can be translated into the catalog of a language."
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=said",
        "--keyword=say_now",
    ]
