"""Courses, assignments, enrollments, own attempts and certificates, as `training/…/`."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from accounts.models import User
from lib.api.filters import FilterSet, IdsFilter, MomentFilter
from lib.api.serializers import ModelSerializer, Serializer
from training import access
from training.actions import assigning, learning
from training.models import Assignment, Attempt, Certificate, Course, Enrollment
from training.models.learning import AssignmentSource, EnrollmentState

# --- Courses ------------------------------------------------------------------------------------


class CourseSerializer(ModelSerializer):
    revision = serializers.IntegerField(
        source="current_revision.number", default=None, read_only=True, allow_null=True
    )
    expected_minutes = serializers.IntegerField(
        source="current_revision.expected_minutes", default=None, read_only=True, allow_null=True
    )

    class Meta:
        model = Course
        fields = """id row_version code title summary language category owner is_open
            gives_certificate certificate_months revision expected_minutes retired_at
            created_at""".split()


class CourseFilters(FilterSet):
    code = django_filters.CharFilter(help_text="The whole code.")

    class Meta:
        model = Course
        fields: list[str] = []


class CourseResource(Listed, Shown, Resource):
    """What is taught; people who are no authors see what is published."""

    model = Course
    serializer_class = CourseSerializer
    filterset_class = CourseFilters

    def rows(self) -> QuerySet[Course]:
        return Course.objects.visible_to(self.person).select_related("current_revision")


# --- Assignments --------------------------------------------------------------------------------


class AssignmentSerializer(ModelSerializer):
    class Meta:
        model = Assignment
        fields = """id person course source reason assigned_on assigned_by due_on shift_note
            access_until_at completed_at withdrawn_at waived_until_on waiver_reason
            created_at""".split()


class GivenSerializer(Serializer):
    """Who has the course open already is left out of the answer."""

    course = serializers.PrimaryKeyRelatedField(queryset=Course.objects.published())
    people = serializers.ListField(
        child=serializers.IntegerField(), min_length=1, max_length=assigning.MOST_PEOPLE
    )
    due_on = serializers.DateField(allow_null=True, default=None)
    access_until_at = serializers.DateTimeField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class DueSerializer(Serializer):
    due_on = serializers.DateField()
    reason = serializers.CharField(max_length=500)


class TakenBackSerializer(Serializer):
    reason = serializers.CharField(max_length=500)


class AssignmentFilters(FilterSet):
    person = IdsFilter("person_id", help_text="Ids of people.")
    course = IdsFilter("course_id", help_text="Ids of courses.")
    source = django_filters.ChoiceFilter(choices=AssignmentSource.choices)

    class Meta:
        model = Assignment
        fields: list[str] = []


class AssignmentResource(Listed, Shown, Resource):
    """Orders to take a course, with their dates and reasons."""

    model = Assignment
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilters

    def rows(self) -> QuerySet[Assignment]:
        return Assignment.objects.visible_to(self.person)

    @extend_schema(request=GivenSerializer, responses=AssignmentSerializer(many=True))
    def create(self, request: Request) -> Response:
        """Give a course to people; answers with what is new."""
        values = self.entered(GivenSerializer)
        allowed = User.objects.active().filter(access.assignable_people(self.person))
        ids = set(values.pop("people"))
        people = list(allowed.filter(pk__in=ids, kind="person"))
        if len(people) != len(ids):
            raise PermissionDenied("Some of these people are not yours to give courses to.")
        given = assigning.assign_course(people=people, by=self.person, at=timezone.now(), **values)
        return Response(AssignmentSerializer(given.made, many=True).data, status=201)

    @extend_schema(request=DueSerializer, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: int) -> Response:
        """Another due date, from today on."""
        assignment = self._others()
        values = self.entered(DueSerializer)
        return self.shown(
            assigning.extend_due_date(
                assignment=assignment, by=self.person, at=timezone.now(), **values
            )
        )

    @extend_schema(request=TakenBackSerializer, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take the order back; what is completed stays."""
        assignment = self._others()
        values = self.entered(TakenBackSerializer)
        return self.shown(
            assigning.withdraw_assignment(
                assignment=assignment, by=self.person, at=timezone.now(), **values
            )
        )

    def _others(self) -> Assignment:
        """An assignment of somebody else; one's own is for others to change."""
        assignment: Assignment = self.get_object()
        if assignment.person_id == self.person.pk or not access.may_assign(self.person):
            raise PermissionDenied("Others decide about your own courses.")
        return assignment


# --- Enrollments --------------------------------------------------------------------------------


class EnrollmentSerializer(ModelSerializer):
    class Meta:
        model = Enrollment
        fields = """id person course revision assignment state progress_percent attempt_no
            started_at completed_at last_active_at created_at""".split()


class TakenUpSerializer(Serializer):
    course = serializers.PrimaryKeyRelatedField(queryset=Course.objects.published())


class EnrollmentFilters(FilterSet):
    person = IdsFilter("person_id", help_text="Ids of people.")
    course = IdsFilter("course_id", help_text="Ids of courses.")
    state = django_filters.ChoiceFilter(choices=EnrollmentState.choices)
    completed_from = MomentFilter("completed_at", "gte", help_text="Completed then or later.")
    completed_before = MomentFilter("completed_at", "lt", help_text="Completed earlier.")

    class Meta:
        model = Enrollment
        fields: list[str] = []


class EnrollmentResource(Listed, Shown, Resource):
    """People on their way through courses; percent and state follow from lessons alone."""

    model = Enrollment
    serializer_class = EnrollmentSerializer
    filterset_class = EnrollmentFilters

    def rows(self) -> QuerySet[Enrollment]:
        return Enrollment.objects.visible_to(self.person)

    @extend_schema(request=TakenUpSerializer, responses=EnrollmentSerializer)
    def create(self, request: Request) -> Response:
        """Take a course up oneself; who is on the way already goes on."""
        course = self.entered(TakenUpSerializer)["course"]
        if not access.may_enroll(self.person, course):
            raise PermissionDenied("This course is given by trainers.")
        enrollment = learning.enroll(
            person=self.person, course=course, by=self.person, at=timezone.now()
        )
        return self.shown(enrollment, status=201)


# --- Own attempts and certificates --------------------------------------------------------------


class AttemptSerializer(ModelSerializer):
    class Meta:
        model = Attempt
        fields = """id enrollment lesson quiz number state started_at deadline_at submitted_at
            percent""".split()


class AttemptResource(Listed, Shown, Resource):
    """One's own goes at quizzes; no questions, no keys."""

    model = Attempt
    serializer_class = AttemptSerializer

    def rows(self) -> QuerySet[Attempt]:
        return Attempt.objects.filter(enrollment__person=self.person)


class CertificateSerializer(ModelSerializer):
    serial = serializers.CharField(source="shown_serial", read_only=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = Certificate
        fields = """id serial person enrollment cycle title hours issued_on valid_until_on state
            pdf_sha256 revoked_at""".split()

    def get_state(self, certificate: Certificate) -> str:
        return certificate.state_on(timezone.localdate())


class CertificateFilters(FilterSet):
    person = IdsFilter("person_id", help_text="Ids of people.")

    class Meta:
        model = Certificate
        fields: list[str] = []


class CertificateResource(Listed, Shown, Resource):
    """Proofs of completed courses and met requirements; valid, expired or revoked as of today."""

    model = Certificate
    serializer_class = CertificateSerializer
    filterset_class = CertificateFilters

    def rows(self) -> QuerySet[Certificate]:
        return Certificate.objects.visible_to(self.person).select_related("cycle")
