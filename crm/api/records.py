"""Transcripts, imports and exports."""

from __future__ import annotations

from typing import Any, BinaryIO, ClassVar, cast

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from crm import reading
from crm.actions import exports, imports
from crm.api.customers import invalid_as_400
from crm.api.pushed import ImportOptionsSerializer, options_of
from crm.importing.files import keep_file
from crm.models import ExportRun, ImportRun, Interaction, Transcript, Turn
from crm.models.exports import ExportKind
from crm.models.imports import ImportState
from crm.readers.formats import FORMATS
from lib.api.errors import Refused as Answered
from lib.api.filters import FilterSet, IdsFilter, parameters_of
from lib.api.parsers import FileParser, JSONFileParser
from lib.api.serializers import ModelSerializer
from lib.http import number_in
from lib.refusals import Refused
from lib.tabular import LIMITS


class TurnSerializer(ModelSerializer):
    class Meta:
        model = Turn
        fields = "position speaker agent start_ms end_ms sent_at text is_internal".split()


class TranscriptSerializer(ModelSerializer):
    class Meta:
        model = Transcript
        fields = """id version interaction format language position is_current
            turns_out_of_order agent_offset_ms created_at""".split()


class WholeTranscriptSerializer(TranscriptSerializer):
    turns = TurnSerializer(many=True, read_only=True)

    class Meta(TranscriptSerializer.Meta):
        fields = [*TranscriptSerializer.Meta.fields, "turns"]


class TranscriptFilters(FilterSet):
    interaction = IdsFilter("interaction_id", help_text="Ids of interactions.")
    is_current = django_filters.BooleanFilter(help_text="The current ones, or earlier ones.")

    class Meta:
        model = Transcript
        fields: list[str] = []


class TranscriptResource(Listed, Resource):
    """What was said. The text comes with one transcript and is written into the access log."""

    model = Transcript
    serializer_class = TranscriptSerializer
    filterset_class = TranscriptFilters
    orders = ("-id", "id")

    def rows(self) -> QuerySet[Transcript]:
        seen = Interaction.objects.reached_by(self.person, "crm.view_transcript")
        return Transcript.objects.filter(interaction__in=seen)

    def get_serializer_class(self) -> type[ModelSerializer]:
        return WholeTranscriptSerializer if self.action == "retrieve" else TranscriptSerializer

    def retrieve(self, request: Request, pk: int) -> Response:
        """One transcript with its turns."""
        transcript = self.get_object()
        reading.note_transcript(self.person, transcript.interaction)
        return self.shown(transcript)


class ImportSerializer(ModelSerializer):
    class Meta:
        model = ImportRun
        fields = """id version kind format source file_name file_sha256 file_bytes mode state
            read created updated skipped failed total message started_at finished_at
            created_at""".split()


class ImportFilters(FilterSet):
    state = django_filters.ChoiceFilter(choices=ImportState.choices)

    class Meta:
        model = ImportRun
        fields: list[str] = []


class OrderSerializer(ImportOptionsSerializer):
    """The parameters of a new import; what it imports is the body."""

    source: Any = serializers.CharField(max_length=80, help_text="The system that it comes from.")
    format: Any = serializers.ChoiceField(
        choices=[one.name for one in FORMATS.values() if not one.needs_mapping],
        default="attune_json",
        help_text="How the file is written; those that need a mapping start on the page.",
    )
    name: Any = serializers.CharField(max_length=200, default="api", help_text="Name of the file.")


class ImportResource(Listed, Shown, Resource):
    """Imports with their counters."""

    model = ImportRun
    serializer_class = ImportSerializer
    filterset_class = ImportFilters
    orders = ("-id", "id")
    unkeyed = frozenset({"create"})
    parameters: ClassVar = {"create": frozenset(OrderSerializer().fields)}
    most_bytes = LIMITS.file_bytes

    def rows(self) -> QuerySet[ImportRun]:
        return ImportRun.objects.all()

    def get_parsers(self) -> list[BaseParser]:
        return [JSONFileParser(), FileParser()]

    @extend_schema(
        parameters=[OrderSerializer],
        request={
            "application/json": OpenApiTypes.OBJECT,
            "application/octet-stream": OpenApiTypes.BINARY,
        },
        responses={202: ImportSerializer},
    )
    def create(self, request: Request) -> Response:
        """Send a whole file, up to 200 MB, and look at `Location` for how far its import is.

        The same file of the same source again leads to the import that has taken it.
        """
        given = parameters_of(request, OrderSerializer)
        if not number_in(request.headers.get("Content-Length", "")):
            raise Answered("invalid-input", "Send the file as the body, with its Content-Length.")
        run = imports.take_file(
            file=keep_file(cast(BinaryIO, request.data), name=given["name"], by=self.person),
            format_name=given["format"],
            source=given["source"],
            options=options_of(given),
            by=self.person,
            at=timezone.now(),
        )
        response = self.shown(run, status=202)
        response["Location"] = reverse("api:import_detail", args=[run.pk])
        return response


class ExportSerializer(ModelSerializer):
    kind = serializers.ChoiceField(choices=ExportKind.choices)

    class Meta:
        model = ExportRun
        fields = "id kind format query state rows message file ordered_at expires_at".split()
        read_only_fields = "state rows message file ordered_at expires_at".split()


class ExportFilters(FilterSet):
    kind = django_filters.ChoiceFilter(choices=ExportKind.choices)

    class Meta:
        model = ExportRun
        fields: list[str] = []


class ExportResource(Listed, Shown, Resource):
    """Lists as files; `file` is fetched under /files/ once the state is finished."""

    model = ExportRun
    serializer_class = ExportSerializer
    filterset_class = ExportFilters
    orders = ("-id", "id")
    refusals = (Refused,)

    def rows(self) -> QuerySet[ExportRun]:
        return ExportRun.objects.visible_to(self.person)

    def create(self, request: Request) -> Response:
        """Order a list with its filters, written as in the address of its page."""
        given = self.entered()
        run = invalid_as_400(
            exports.order_export,
            kind=given["kind"],
            format=given.get("format", "csv"),
            query=given.get("query", ""),
            by=self.person,
            at=timezone.now(),
        )
        return self.shown(run, status=201)
