"""Facts kept true: days are marked when raw rows change and made anew, one in a transaction."""

from reports.rollups.building import build, rebuild, refresh, refreshing
from reports.rollups.checking import check_days
from reports.rollups.families import FAMILIES
from reports.rollups.marking import cutoff, mark

__all__ = ["FAMILIES", "build", "check_days", "cutoff", "mark", "rebuild", "refresh", "refreshing"]
