"""Customers, contact points and organizations, and who is calling."""

from __future__ import annotations

from typing import Any

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from crm import access, lookup
from crm.actions import contact_points, customers, organizations
from crm.contact_points import Unreadable
from crm.forms.customers import read_way
from crm.models import ContactPoint, Customer, Organization
from crm.models.customers import ContactKind, CustomerState
from lib.api.filters import FilterSet, IdsFilter, MomentFilter
from lib.api.serializers import ModelSerializer, Serializer
from lib.refusals import Invalid, Refused, Stale


class PointSerializer(ModelSerializer):
    """A contact point; masked for those who may not see it in full."""

    value = serializers.SerializerMethodField("shown_value")
    raw = serializers.CharField(write_only=True, max_length=254)

    class Meta:
        model = ContactPoint
        fields = """id version customer kind network raw value label is_primary validity
            verified_at invalid_at invalid_reason opted_out_at opted_out_until_on""".split()
        read_only_fields = """version is_primary validity verified_at invalid_at invalid_reason
            opted_out_at opted_out_until_on""".split()
        validators: list[Any] = []  # The verb says it in a sentence.

    def shown_value(self, point: ContactPoint) -> str:
        in_full = access.may_see_contact_points(self.context["request"].user)
        return point.value if in_full else point.masked


class CustomerSerializer(ModelSerializer):
    custom = serializers.DictField(required=False)
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)
    contact_points = PointSerializer(many=True, read_only=True)

    class Meta:
        model = Customer
        fields = """id reference version state first_name last_name display_name
            preferred_language preferred_channel time_zone is_vip source external_id custom tags
            contact_points interaction_count first_interaction_at last_interaction_at created_at
            updated_at""".split()
        read_only_fields = """version state is_vip tags contact_points interaction_count
            first_interaction_at last_interaction_at""".split()
        # The verb says it in a sentence.
        validators: list[Any] = []


class CustomerFilters(FilterSet):
    source = django_filters.CharFilter(help_text="The system it came from, exactly.")
    external_id = django_filters.CharFilter(help_text="Its id in that system, exactly.")
    is_vip = django_filters.BooleanFilter(help_text="VIPs, or all others.")
    tag = django_filters.CharFilter("tags__name", "iexact", help_text="The name of a tag.")
    updated_from = MomentFilter("updated_at", "gte", help_text="Changed then or later.")

    class Meta:
        model = Customer
        fields: list[str] = []


class CustomerResource(Listed, Shown, Resource):
    """People we serve, with their contact points."""

    model = Customer
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilters
    orders = ("-id", "id", "-last_interaction_at")
    refusals = (Refused,)
    outdated = (Stale,)

    def rows(self) -> QuerySet[Customer]:
        rows = Customer.objects.visible_to(self.person).prefetch_related("contact_points", "tags")
        return rows.active() if self.action == "list" else rows

    def retrieve(self, request: Request, pk: int) -> Response:
        """One customer; one who was merged leads to who remained (301)."""
        customer = self.get_object()
        if customer.state == CustomerState.MERGED:
            last = Customer.objects.survivors([customer.pk])[customer.pk]
            place = reverse("api:customer_detail", args=[last])
            return Response(status=301, headers={"Location": place})
        return self.shown(customer)

    def create(self, request: Request) -> Response:
        """Add a customer; contact points are added one by one."""
        content = customers.CustomerContent(**self.entered())
        customer = invalid_as_400(
            customers.create_customer, content=content, by=self.person, at=timezone.now()
        )
        return self.shown(self.rows().get(pk=customer.pk), status=201)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change what is known of a customer."""
        customer = self.get_object()
        seen = self.expected_version(customer)
        held = {
            name: getattr(customer, name)
            for name in customers.CustomerContent.__dataclass_fields__
            if name != "custom"
        }
        content = held | self.entered()
        invalid_as_400(
            customers.change_customer,
            customer=customer,
            content=customers.CustomerContent(**content),
            seen=seen,
            by=self.person,
            at=timezone.now(),
        )
        return self.shown(self.rows().get(pk=pk))


def invalid_as_400(verb: Any, **given: Any) -> Any:
    """Call a verb; what it cannot use is answered beside the field."""
    try:
        return verb(**given)
    except Invalid as refusal:
        name = refusal.field or "non_field_errors"
        raise serializers.ValidationError({name: [str(refusal)]}) from None


class PointFilters(FilterSet):
    customer = IdsFilter("customer_id", help_text="Ids of customers.")
    kind = django_filters.ChoiceFilter(choices=ContactKind.choices)

    class Meta:
        model = ContactPoint
        fields: list[str] = []


class ContactPointResource(Listed, Shown, Resource):
    """Ways to reach customers."""

    model = ContactPoint
    serializer_class = PointSerializer
    filterset_class = PointFilters
    orders = ("-id", "id")
    refusals = (Refused,)

    def rows(self) -> QuerySet[ContactPoint]:
        visible = Customer.objects.visible_to(self.person).active()
        return ContactPoint.objects.filter(customer__in=visible)

    def create(self, request: Request) -> Response:
        """Add a way to reach a customer."""
        given = self.entered()
        if not access.may_view_customer(self.person, given["customer"]):
            raise serializers.ValidationError({"customer": ["There is no such customer."]})
        try:
            way = read_way(given["kind"], given.get("network", ""), given["raw"])
        except Unreadable as error:
            raise serializers.ValidationError({"raw": [error.message]}) from None
        point = invalid_as_400(
            contact_points.add_contact_point,
            customer=given["customer"],
            way=way,
            label=given.get("label", ""),
            by=self.person,
            at=timezone.now(),
        )
        return self.shown(point, status=201)


class OrganizationSerializer(ModelSerializer):
    custom = serializers.DictField(required=False)
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Organization
        fields = """id reference version name domains parent source external_id custom tags
            created_at updated_at""".split()
        read_only_fields = ["version", "tags"]
        validators: list[Any] = []


class OrganizationFilters(FilterSet):
    source = django_filters.CharFilter(help_text="The system it came from, exactly.")
    external_id = django_filters.CharFilter(help_text="Its id in that system, exactly.")
    parent = IdsFilter("parent_id", help_text="Ids of organizations above.")

    class Meta:
        model = Organization
        fields: list[str] = []


class OrganizationResource(Listed, Shown, Resource):
    """Companies and authorities that customers belong to."""

    model = Organization
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilters
    orders = ("-id", "id")
    refusals = (Refused,)
    outdated = (Stale,)

    def rows(self) -> QuerySet[Organization]:
        return Organization.objects.visible_to(self.person).prefetch_related("tags")

    def create(self, request: Request) -> Response:
        """Add an organization."""
        content = organizations.OrganizationContent(**self.entered())
        row = invalid_as_400(
            organizations.create_organization, content=content, by=self.person, at=timezone.now()
        )
        return self.shown(row, status=201)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change an organization."""
        row = self.get_object()
        seen = self.expected_version(row)
        names = ("name", "domains", "parent", "source", "external_id")
        content = {name: getattr(row, name) for name in names} | self.entered()
        row = invalid_as_400(
            organizations.change_organization,
            organization=row,
            content=organizations.OrganizationContent(**content),
            seen=seen,
            by=self.person,
            at=timezone.now(),
        )
        return self.shown(row)


class CallerSerializer(Serializer):
    """A customer with this number, and what is open."""

    id = serializers.IntegerField(source="customer.pk")
    reference = serializers.CharField(source="customer.reference")
    display_name = serializers.CharField(source="customer.display_name")
    is_vip = serializers.BooleanField(source="customer.is_vip")
    last_interaction_at = serializers.DateTimeField(source="customer.last_interaction_at")
    cases = serializers.SerializerMethodField()
    promises = serializers.SerializerMethodField()
    interactions = serializers.SerializerMethodField()

    def get_cases(self, caller: lookup.Caller) -> list[dict[str, Any]]:
        return [{"id": pk, "subject": words, "due_at": due} for pk, words, due in caller.cases]

    def get_promises(self, caller: lookup.Caller) -> list[dict[str, Any]]:
        return [{"id": pk, "text": words, "due_at": due} for pk, words, due in caller.promises]

    def get_interactions(self, caller: lookup.Caller) -> list[dict[str, Any]]:
        return [
            {"id": row.pk, "channel": row.channel, "started_at": row.started_at}
            for row in caller.interactions
        ]


class LookupSerializer(Serializer):
    phone = serializers.CharField(help_text="The number in its international form, or nothing.")
    results = CallerSerializer(many=True)


class LookupResource(Resource):
    """Who is calling."""

    model = Customer
    pagination_class = None
    serializer_class = CallerSerializer
    orders = ("-id",)

    def known_parameters(self) -> frozenset[str]:
        return frozenset({"phone"})

    @extend_schema(
        parameters=[OpenApiParameter("phone", str, required=True, description="As it was dialed.")],
        responses=forced_singular_serializer(LookupSerializer),
    )
    def list(self, request: Request) -> Response:
        """Up to five customers with a telephone number; one that cannot be read has none."""
        value = lookup.number_of(request.GET.get("phone", ""), settings.PHONE_REGION)
        found = lookup.callers(self.person, value)
        return Response({"phone": value, "results": self.get_serializer(found, many=True).data})
