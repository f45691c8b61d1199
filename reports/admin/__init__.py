"""The admin of reports: what is decided about KPIs, and facts to read."""

from reports.admin import definitions, facts, outputs

__all__ = ["definitions", "facts", "outputs"]
