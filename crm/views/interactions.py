"""Interactions to read: the list, and one with everything that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from crm import access, bulk, custom_fields, pictures, reading, repeats, saved_pages
from crm.actions import interactions as actions
from crm.forms.interactions import AlignForm, InteractionFilter
from crm.list_columns import ListColumns
from crm.models import CustomFieldDefinition, Interaction, Recording, RepeatRule, Transcript
from crm.models.custom_fields import Target
from crm.models.interactions import Direction, Outcome
from crm.quality_flags import label, sentence
from crm.rows import COLUMNS, MORE_COLUMNS, OUTCOME_TONES, table_rows
from crm.transcripts import ShownTurn, shown_turns
from crm.views import dispositions
from crm.views.common import active_filters, list_summary, page, person, shown_panels
from lib import keyset
from lib.answers import must
from lib.speaking import spoken

LIST = "crm/interaction_list.html"
DETAIL = "crm/interaction_detail.html"
LONGEST_SEARCH, LONGEST_CHAIN = 100, 100


def interaction_list(request: HttpRequest) -> HttpResponse:
    """What one may see, newest first; the number of queries does not grow with the rows."""
    user = person(request)
    if default := saved_pages.opening(request, "interactions"):
        return default
    form = InteractionFilter(request.GET, user)
    if without := saved_pages.without_gone(request, "interactions", form):
        return without
    if not form.is_valid():
        return page(request, LIST, {"form": form, "rows": []}, part="rows", status=400)
    columns = ListColumns(request.GET, COLUMNS, form.own, more=MORE_COLUMNS)
    visible = Interaction.objects.visible_to(user).for_list(*(["custom"] if columns.own else []))
    narrowed = form.narrow(visible, with_contact_points=access.may_see_contact_points(user))
    if "tags" in columns.shown:
        narrowed = narrowed.prefetch_related("tags")
    order = form.cleaned_data["order"] or "-started_at"
    found = keyset.page_of(request, narrowed, order=order)
    previous_url, next_url = keyset.page_links(request, found)
    context = {
        "form": form,
        "columns": columns,
        "rows": table_rows(found.rows, columns),
        "filters": active_filters(request, form),
        "views": saved_pages.picker(request, "interactions"),
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "interaction", is_whole=not (previous_url or next_url)),
        "may_import": access.may_import(user),
        "may_record": access.may_record_contact(user),
        "may_export": access.may_export(user),
        "may_act": bool(bulk.acts_of("interactions", user)) and access.may_act_on_lists(user),
    }
    return page(request, LIST, context, part="rows")


def interaction_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One interaction; reading its transcript is written into the access log first."""
    user = person(request)
    interaction = visible_interaction(user, pk)
    words = request.GET.get("find", "").strip()[:LONGEST_SEARCH]
    told = transcript_part(request, interaction, words)
    context = facts(interaction, user, told.get("turns", [])) | told
    return page(request, DETAIL, context, part="transcript")


def visible_interaction(user: User, pk: int) -> Interaction:
    rows = Interaction.objects.visible_to(user).with_people()
    return get_object_or_404(rows, pk=pk)


def facts(interaction: Interaction, user: User, turns: Sequence[ShownTurn]) -> dict[str, Any]:
    """What the page says beside the transcript."""
    legs = list(interaction.legs.all())
    if any(leg.hold_seconds for leg in legs):  # Without a hold there is none to place.
        prefetch_related_objects(legs, "spans")
    visits = list(interaction.queue_visits.select_related("queue"))
    may_play = access.may_play_recording(user, interaction)
    recordings = list(interaction.recordings.all()) if may_play else []
    may_tag = access.may_tag_interaction(user, interaction)
    definitions = list(CustomFieldDefinition.objects.of(Target.INTERACTION))
    return {
        "interaction": interaction,
        "outcome_tone": OUTCOME_TONES.get(interaction.outcome, ""),
        "trail": [(_("Interactions"), reverse("crm:interaction_list"))],
        "legs": legs,
        "visits": visits,
        "time_axis": pictures.time_axis(interaction, legs, visits, turns),
        "flags": [
            (spoken(label(flag)), spoken(sentence(flag))) for flag in interaction.quality_flags
        ],
        "recordings": recordings,
        "is_played_here": any(row.is_played_here for row in recordings),
        "may_add_recording": access.may_add_recording(user, interaction),
        "may_change_customer": access.may_change_customer(user),
        "tags": list(interaction.tags.all()),
        "own_values": custom_fields.told(definitions, interaction.custom),
        "may_set_values": may_tag and bool(definitions),
        "may_tag": may_tag,
        "panels": shown_panels("interaction.side", user),
        "address": shown_address(interaction, user),
        **chain_before(interaction, user),
        **dispositions.facts(interaction, user),
    }


def chain_before(interaction: Interaction, user: User) -> dict[str, Any]:
    """What a contact repeats by the rule in force, and its place in that chain; two queries.

    Only contacts that this person sees are told and counted.
    """
    if interaction.direction != Direction.INBOUND or interaction.outcome != Outcome.HANDLED:
        return {}
    rule = RepeatRule.objects.in_force()
    rows = list(
        Interaction.objects.visible_to(user).earlier_contacts(interaction, rule)[:LONGEST_CHAIN]
    )
    times = [row.started_at for row in (*rows[::-1], interaction)]
    link = repeats.chains([repeats.Contact("", at) for at in times], rule.window_seconds)[-1]
    if link.repeat_of is None:
        return {}
    return {"contact_before": rows[0], "chain_position": link.position, "window": rule.words}


def shown_address(interaction: Interaction, user: User) -> str:
    """The address of the other side, for those who may see contact points in full."""
    if interaction.customer_address and not access.may_see_contact_points(user):
        return _("hidden")
    return interaction.customer_address


def transcript_part(
    request: HttpRequest, interaction: Interaction, words: str, form: AlignForm | None = None
) -> dict[str, Any]:
    """The current transcript with its search and its clocks, for those who may read it."""
    user = person(request)
    transcript = interaction.transcripts.filter(is_current=True).first()
    context: dict[str, Any] = {"interaction": interaction, "transcript": transcript}
    if transcript is None:
        return context
    if not access.may_view_transcript(user, interaction):
        return context | {"is_closed": True}
    reading.note_transcript(user, interaction)
    turns = shown_turns(interaction, transcript, words)
    may_align = access.may_align_transcript(user, interaction)
    return context | {
        "turns": turns,
        "words": words,
        "hits": sum(turn.is_hit for turn in turns),
        "align_form": (form or AlignForm(initial=aligned(transcript))) if may_align else None,
    }


def aligned(transcript: Transcript) -> dict[str, int]:
    return {"agent_offset_ms": transcript.agent_offset_ms, "version": transcript.version}


def transcript_align(request: HttpRequest, pk: int) -> HttpResponse:
    """Put both sides of a transcript on one clock."""
    user = person(request)
    interaction = visible_interaction(user, pk)
    must(access.may_align_transcript(user, interaction))
    transcript = get_object_or_404(interaction.transcripts, is_current=True)
    form = AlignForm(request.POST)
    if form.is_valid():
        try:
            actions.align_transcript(
                transcript=transcript, by=user, at=timezone.now(), **form.cleaned_data
            )
            return redirect(f"{interaction.get_absolute_url()}#transcript")
        except actions.ChangedMeanwhile as refusal:
            form.add_error(None, spoken(str(refusal)))
            return align_refused(request, interaction, form, status=409)
    return align_refused(request, interaction, form, status=422)


def align_refused(
    request: HttpRequest, interaction: Interaction, form: AlignForm, *, status: int
) -> HttpResponse:
    told = transcript_part(request, interaction, "", form)
    context = facts(interaction, person(request), told.get("turns", [])) | told
    return page(request, DETAIL, context, status=status)


def recording_play(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a recording of ours is played from; a link of another system is only shown."""
    rows = Recording.objects.select_related("interaction")
    recording = get_object_or_404(rows, pk=pk, file__isnull=False)
    if not access.may_play_recording(person(request), recording.interaction):
        raise Http404
    return redirect("ops:file_content", pk=recording.file_id)
