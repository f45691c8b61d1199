"""The smallest valid rows of SCORM packages."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from tests.factories.accounts import UserFactory
from tests.factories.ops import StoredFileFactory
from tests.factories.training import AT, EnrollmentFactory, LessonFactory
from training import models


class ScormPackageFactory(DjangoModelFactory):
    class Meta:
        model = models.ScormPackage

    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    edition = "1.2"
    title = "Golf"
    file_count = 2
    bytes = 1000
    file = factory.SubFactory(StoredFileFactory, kind="scorm")
    imported_by = factory.SubFactory(UserFactory)


class ScormItemFactory(DjangoModelFactory):
    class Meta:
        model = models.ScormItem

    package = factory.SubFactory(ScormPackageFactory)
    identifier = factory.Sequence(lambda n: f"made_{n}")
    position = factory.Sequence(lambda n: n)
    title = "How to play"
    href = "index.html"
    scorm_type = "sco"


class ScormImportFactory(DjangoModelFactory):
    class Meta:
        model = models.ScormImport

    file = factory.SubFactory(StoredFileFactory, kind="scorm")
    file_name = "golf.zip"
    sha256 = factory.SelfAttribute("file.sha256")
    ordered_by = factory.SubFactory(UserFactory)


class ScormStateFactory(DjangoModelFactory):
    class Meta:
        model = models.ScormState

    enrollment = factory.SubFactory(EnrollmentFactory)
    item = factory.SubFactory(ScormItemFactory)


class ScormLaunchFactory(DjangoModelFactory):
    class Meta:
        model = models.ScormLaunch

    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    enrollment = factory.SubFactory(EnrollmentFactory)
    person = factory.SelfAttribute("enrollment.person")
    item = factory.SubFactory(ScormItemFactory)
    lesson = factory.SubFactory(
        LessonFactory,
        kind="scorm",
        completion_rule="passed",
        scorm_package=factory.SelfAttribute("..item.package"),
    )
    mode = "normal"
    app_origin = "http://testserver"
    content_origin = "http://content.testserver"
    started_at = AT
    expires_at = AT + timedelta(hours=12)


class ScormCommitFactory(DjangoModelFactory):
    class Meta:
        model = models.ScormCommit

    launch = factory.SubFactory(ScormLaunchFactory)
    sequence = 1
    received_at = AT
