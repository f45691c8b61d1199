"""Tables of reports: facts made from raw rows, what people decide about KPIs, and outputs."""

from reports.models.definitions import (
    Annotation,
    KpiDefinition,
    MonthComment,
    QueueThreshold,
    SpecialDay,
    Target,
    TrackedSegment,
)
from reports.models.facts import (
    DayAgentTime,
    DayDispositionFact,
    DayGapCount,
    DayHandledFact,
    DayLegFact,
    DayQueueFact,
    DayRepeatFact,
    DayWaitCount,
    FactDay,
    IntervalQueueFact,
)
from reports.models.outputs import (
    AnomalyFlag,
    ReportItem,
    ReportRun,
    ReportSchedule,
    RiskRuleSet,
    RiskScore,
)

__all__ = [
    "Annotation",
    "AnomalyFlag",
    "DayAgentTime",
    "DayDispositionFact",
    "DayGapCount",
    "DayHandledFact",
    "DayLegFact",
    "DayQueueFact",
    "DayRepeatFact",
    "DayWaitCount",
    "FactDay",
    "IntervalQueueFact",
    "KpiDefinition",
    "MonthComment",
    "QueueThreshold",
    "ReportItem",
    "ReportRun",
    "ReportSchedule",
    "RiskRuleSet",
    "RiskScore",
    "SpecialDay",
    "Target",
    "TrackedSegment",
]
