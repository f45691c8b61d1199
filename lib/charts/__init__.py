"""Charts as server-rendered SVG: the same in page, mail and PDF, each with its table.

Colors stand in presentation attributes and hold 3:1 on light and dark surfaces; text is
currentColor. `show` says how numbers read and what the axis is like: `percent` keeps 0-100,
`seconds` has ticks at round times. None is a gap and never 0; NaN and infinity raise ValueError.
Color never tells anything alone.
"""

from lib.charts.bars import bars
from lib.charts.chart import Chart, Markup
from lib.charts.dots import interval_dots
from lib.charts.formats import coefficient, count, number, percent, seconds, signed
from lib.charts.grid import heat_map
from lib.charts.lines import Series, line, sparkline
from lib.charts.parts import Target
from lib.charts.slopes import Group, slopes
from lib.charts.spread import histogram, pareto
from lib.charts.stacks import stacked_bars
from lib.charts.steps import Step, waterfall

__all__ = [
    "Chart",
    "Group",
    "Markup",
    "Series",
    "Step",
    "Target",
    "bars",
    "coefficient",
    "count",
    "heat_map",
    "histogram",
    "interval_dots",
    "line",
    "number",
    "pareto",
    "percent",
    "seconds",
    "signed",
    "slopes",
    "sparkline",
    "stacked_bars",
    "waterfall",
]
