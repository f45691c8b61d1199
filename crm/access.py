"""Who may do what with customers, interactions and imports: asked by pages, admin and API alike."""

from __future__ import annotations

from accounts.models import User
from accounts.permissions import has, scope
from crm.models import (
    Case,
    ContactPoint,
    Customer,
    ExportRun,
    Interaction,
    PrivacyRequest,
    Recording,
    SlaClock,
)
from ops.models import StoredFile


def may_view_interaction(user: User, interaction: Interaction) -> bool:
    return _reaches(user, "crm.view_interaction", interaction)


def may_view_transcript(user: User, interaction: Interaction) -> bool:
    return _reaches(user, "crm.view_transcript", interaction)


def may_play_recording(user: User, interaction: Interaction) -> bool:
    return _reaches(user, "crm.play_recording", interaction)


def may_align_transcript(user: User, interaction: Interaction) -> bool:
    return _reaches(user, "crm.align_transcript", interaction)


def may_read_import_file(user: User, stored: StoredFile) -> bool:
    """The row rule of stored files of the kind "import"."""
    return may_import(user)


def may_read_recording_file(user: User, stored: StoredFile) -> bool:
    """The row rule of stored files of the kind "recording"."""
    recording = Recording.objects.filter(file=stored).select_related("interaction").first()
    return recording is not None and may_play_recording(user, recording.interaction)


def may_read_person_export(user: User, stored: StoredFile) -> bool:
    """The row rule of stored files of the kind "person_export": only as long as it is kept."""
    kept = PrivacyRequest.objects.filter(file=stored).exists()
    return kept and has(user, "crm.request_export")


def may_view_customer(user: User, customer: Customer) -> bool:
    return Customer.objects.visible_to(user).filter(pk=customer.pk).exists()


def may_change_disposition(user: User, interaction: Interaction) -> bool:
    """Change what others said came of an interaction."""
    return _reaches(user, "crm.change_disposition", interaction)


def may_set_disposition(user: User, interaction: Interaction) -> bool:
    """Whoever handled it says what came of it, and whoever may change what others said."""
    may_change = may_change_disposition(user, interaction)
    return may_change or interaction.legs.filter(agent=user).exists()


def may_record_contact(user: User) -> bool:
    """Whoever works with customers writes down contacts of their own."""
    return has(user, "crm.change_customer")


def may_act_on_lists(user: User) -> bool:
    """Order an act on every row of a list; each row asks for its own right besides."""
    return has(user, "crm.change_customer")


def may_tag_interaction(user: User, interaction: Interaction) -> bool:
    """Whoever may work with customers, on the interactions that they see."""
    return has(user, "crm.change_customer") and may_view_interaction(user, interaction)


def may_add_recording(user: User, interaction: Interaction) -> bool:
    """Whoever may work with customers and hear what is there may add to it."""
    return has(user, "crm.change_customer") and may_play_recording(user, interaction)


def may_read_list_export(user: User, stored: StoredFile) -> bool:
    """The row rule of stored files of the kind "list_export"."""
    return ExportRun.objects.visible_to(user).filter(file=stored).exists() and may_export(user)


def may_change_customer(user: User) -> bool:
    """Make and change customers, organizations, their contact points, tags and consents."""
    return has(user, "crm.change_customer")


def may_write_note(user: User) -> bool:
    return has(user, "crm.write_note")


def may_reveal(user: User, point: ContactPoint) -> bool:
    """See one contact point in full by giving a reason."""
    return has(user, "crm.reveal_contact_point") and may_view_customer(user, point.customer)


def may_manage_settings(user: User) -> bool:
    return has(user, "crm.manage_settings")


def may_merge(user: User) -> bool:
    return has(user, "crm.merge_customers")


def may_open_case(user: User) -> bool:
    return has(user, "crm.change_case")


def may_change_case(user: User, case: Case) -> bool:
    return _reaches_case(user, "crm.change_case", case)


def may_resolve_case(user: User, case: Case) -> bool:
    return _reaches_case(user, "crm.resolve_case", case)


def may_reopen_case(user: User, case: Case) -> bool:
    """A resolved case by whoever may resolve it, a closed one by those named for that."""
    is_closed = case.category == "closed"
    return _reaches_case(user, "crm.reopen_closed_case" if is_closed else "crm.resolve_case", case)


def may_excuse_breach(user: User, clock: SlaClock) -> bool:
    """Never for the case that one works on oneself."""
    if clock.breached_at is None or clock.case.assignee_id == user.pk:
        return False
    return _reaches_case(user, "crm.excuse_breach", clock.case)


def may_see_contact_points(user: User) -> bool:
    """In full; everyone else who sees the customer sees them masked."""
    return has(user, "crm.view_contact_point")


def may_export(user: User) -> bool:
    """Take the rows of a list out of the house."""
    return has(user, "crm.export_list")


def may_import(user: User) -> bool:
    return has(user, "crm.import_records")


def _reaches(user: User, verb: str, interaction: Interaction) -> bool:
    reach = scope(user, verb)
    if reach in (None, "all"):
        return reach == "all"
    return Interaction.objects.reached_by(user, verb).filter(pk=interaction.pk).exists()


def _reaches_case(user: User, verb: str, case: Case) -> bool:
    reach = scope(user, verb)
    if reach in (None, "all"):
        return reach == "all"
    return Case.objects.reached_by(user, verb).filter(pk=case.pk).exists()
