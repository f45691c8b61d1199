"""A course with a SCORM lesson, its package taken in the way trainers do it."""

import json
from datetime import timedelta

from ops import files
from tests.jobs import run_waiting_jobs
from tests.training.packages import package
from tests.training.worlds import AT, LearningWorld
from training.actions import scorm, scorm_packages
from training.models import ScormImport, ScormLaunch, ScormPackage
from training.scorm_commits import read

APP, CONTENT = "http://testserver", "http://content.testserver"


def take_in(data, by, name="golf.zip"):
    """Order the import of a package and let the jobs do it; returns the finished import."""
    stored = files.store(data, name=name, media_type="application/zip", kind="scorm", by_id=by.pk)
    row = scorm_packages.order_import(file=stored, by=by, at=AT)
    run_waiting_jobs(job="training.import_scorm")
    return ScormImport.objects.select_related("package").get(pk=row.pk)


def message(sequence, *, final=False, adl=None, **elements):
    """A commit as the runtime sends it: `core__score__raw="80"` is cmi.core.score.raw."""
    tree = {}
    for name, value in elements.items():
        here = tree
        *parents, last = name.split("__")
        for parent in parents:
            here = here.setdefault(parent, {})
        here[last] = value
    data = {"commitSequence": sequence, "cmi": tree, "final": final}
    return data if adl is None else {**data, "adl": {"nav": {"request": adl}}}


class ScormWorld(LearningWorld):
    """`content` is the lesson; it opens without anything before it."""

    def __init__(self, data=None, rule="passed", **lesson):
        super().__init__()
        row = take_in(data or package(), self.trainer)
        assert row.package is not None, row.findings
        self.package = row.package
        self.content = self.add(
            "scorm", "Golf", scorm_package=self.package, completion_rule=rule,
            must_follow_previous=False, **lesson,
        )  # fmt: skip
        self.items = list(self.package.items.select_related("package"))
        self.published()
        self.enrollment = self.enrolled()

    def switched(self, **switches):
        ScormPackage.objects.filter(pk=self.package.pk).update(**switches)
        self.items = list(self.package.items.select_related("package"))
        return self

    def launched(self, number=0, at=AT):
        launch, self.token = scorm.launch_item(
            enrollment=self.enrollment,
            lesson=self.content,
            item=self.items[number],
            origins=(APP, CONTENT),
            by=self.learner,
            at=at,
        )
        return launch

    def commit(self, sequence, *, seconds=0, token=None, at=AT, **said):
        """What the server makes of a commit, `seconds` after `at`."""
        launch = scorm.launch_named(token or self.token)
        body = json.dumps(message(sequence, **said)).encode()
        when = at + timedelta(seconds=seconds)
        return scorm.take_commit(launch=launch, message=read(body), at=when)

    def state(self, number=0):
        return self.enrollment.scorm_states.get(item=self.items[number])

    def fresh_launch(self):
        return ScormLaunch.objects.latest("pk")
