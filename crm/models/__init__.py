"""Tables of the customer record, by concept."""

from crm.models.bulk import BulkRefusal, BulkRun
from crm.models.cases import Case, CaseInteraction, CaseStatus, CaseWatcher
from crm.models.consents import ConsentEvent, ConsentPurpose
from crm.models.counters import CounterCell
from crm.models.custom_fields import CustomFieldDefinition
from crm.models.customers import ContactPoint, Customer
from crm.models.dispositions import Disposition, InteractionDisposition
from crm.models.exports import ExportRun
from crm.models.imports import ImportMapping, ImportRow, ImportRun
from crm.models.interactions import Interaction, Leg
from crm.models.macros import CannedReply, Macro
from crm.models.merges import DuplicateCandidate, MergeMove, MergeRecord
from crm.models.notes import Note, NoteText
from crm.models.organizations import (
    CustomerRelation,
    Organization,
    OrganizationRole,
    RelationType,
)
from crm.models.privacy import ErasureTombstone, PrivacyRequest
from crm.models.repeats import RepeatRule
from crm.models.saved import SavedView, Segment
from crm.models.sla import ClockEvent, PolicyVersion, SlaClock, SlaPolicy, SlaTarget
from crm.models.sources import PushSource
from crm.models.spans import LegSpan
from crm.models.states import AgentStateSpan
from crm.models.tags import Tag
from crm.models.timeline import TimelineEntry
from crm.models.transcripts import Recording, Transcript, Turn
from crm.models.visits import QueueVisit
from crm.models.work import Promise, Task

__all__ = [
    "AgentStateSpan",
    "BulkRefusal",
    "BulkRun",
    "CannedReply",
    "Case",
    "CaseInteraction",
    "CaseStatus",
    "CaseWatcher",
    "ClockEvent",
    "ConsentEvent",
    "ConsentPurpose",
    "ContactPoint",
    "CounterCell",
    "CustomFieldDefinition",
    "Customer",
    "CustomerRelation",
    "Disposition",
    "DuplicateCandidate",
    "ErasureTombstone",
    "ExportRun",
    "ImportMapping",
    "ImportRow",
    "ImportRun",
    "Interaction",
    "InteractionDisposition",
    "Leg",
    "LegSpan",
    "Macro",
    "MergeMove",
    "MergeRecord",
    "Note",
    "NoteText",
    "Organization",
    "OrganizationRole",
    "PolicyVersion",
    "PrivacyRequest",
    "Promise",
    "PushSource",
    "QueueVisit",
    "Recording",
    "RelationType",
    "RepeatRule",
    "SavedView",
    "Segment",
    "SlaClock",
    "SlaPolicy",
    "SlaTarget",
    "Tag",
    "Task",
    "TimelineEntry",
    "Transcript",
    "Turn",
]
