"""A course made elsewhere: a small SCORM 1.2 package of the demo center, and two who took it."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta

from accounts.models import User
from config.demo.people import DemoPeople
from config.demo.training import moment
from ops import files
from training.actions import courses, learning, lessons, scorm, scorm_packages
from training.models import Course, Enrollment, Lesson, Module, ScormPackage
from training.scorm_commits import Message
from training.scorm_store import Ready, Unpacking

ORIGINS = ("http://127.0.0.1:8000", "http://localhost:8000")
MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<manifest identifier="attune-demo-transfers" version="1"
  xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="all"><organization identifier="all">
    <title>Transfers that land</title>
    <item identifier="transfers" identifierref="page"><title>Transfers that land</title>
      <adlcp:masteryscore>50</adlcp:masteryscore></item>
  </organization></organizations>
  <resources><resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="index.html">
    <file href="index.html"/><file href="course.js"/><file href="course.css"/>
  </resource></resources>
</manifest>
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Transfers that land</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="course.css"></head>
<body><main>
<section><h1>Say why before you move somebody</h1>
<p>A caller who knows where they are going, and why, stays on the line. Name the colleague or the
team, say what they can do that you cannot, and ask whether that is all right.</p></section>
<section><h1>Stay until it lands</h1>
<p>Wait for the colleague, hand over in two sentences: who it is, and what was tried. Nobody likes to
tell a story twice.</p></section>
<section><h1>What do you say first?</h1>
<label><input type="radio" name="q" value="0"> “Please hold.”</label>
<label><input type="radio" name="q" value="100"> “My colleague in billing can change the invoice. May I
put you through?”</label>
<label><input type="radio" name="q" value="0"> “That is not my department.”</label></section>
</main><nav><button id="back" type="button">Back</button><span id="place"></span>
<button id="next" type="button">Next</button></nav>
<script src="course.js"></script></body></html>
"""
SCRIPT = """// Finds the runtime above, shows one page at a time, and remembers the page.
let above = window;
while (above.parent !== above && !above.API) above = above.parent;
const api = above.API;
const pages = [...document.querySelectorAll("section")];
const began = Date.now();
let at = 0;
let isOver = false;

function show(number) {
  at = number;
  pages.forEach((page, place) => (page.hidden = place !== at));
  document.getElementById("back").disabled = at === 0;
  document.getElementById("next").textContent = at === pages.length - 1 ? "Finish" : "Next";
  document.getElementById("place").textContent = `${at + 1} of ${pages.length}`;
  api.LMSSetValue("cmi.core.lesson_location", String(at));
}

function spent() {
  const seconds = Math.round((Date.now() - began) / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function leave(exit) {
  if (isOver) return;
  isOver = true;
  api.LMSSetValue("cmi.core.exit", exit);
  api.LMSSetValue("cmi.core.session_time", spent());
  api.LMSFinish("");
}

function finish() {
  const chosen = document.querySelector("input:checked");
  api.LMSSetValue("cmi.core.score.raw", chosen ? chosen.value : "0");
  api.LMSSetValue("cmi.core.lesson_status", "completed");
  leave("");
}

api.LMSInitialize("");
show(Math.min(Number(api.LMSGetValue("cmi.core.lesson_location")) || 0, pages.length - 1));
document.getElementById("back").addEventListener("click", () => show(at - 1));
document.getElementById("next").addEventListener("click", () => (at < pages.length - 1 ? show(at + 1) : finish()));
addEventListener("pagehide", () => leave("suspend"));
"""
STYLE = """body { margin: 0; font: 1.0625rem/1.6 system-ui, sans-serif; color: #1b1f24; background: #fff; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1.25rem; }
h1 { font-size: 1.5rem; }
label { display: block; padding: 0.5rem 0; }
nav { display: flex; gap: 1rem; align-items: center; justify-content: center; padding: 1rem; }
button { min-height: 2.5rem; padding: 0 1.25rem; font: inherit; }
"""


def make_packages(people: DemoPeople, until: date) -> None:
    """The package, a course around it, and two learners: one through it, one half way."""
    trainer, second = people.trainers
    at = moment(until - timedelta(days=30))
    course = make_course(take_in(trainer, at), trainer, second, at)
    agents = [agent for team in people.agents.values() for agent in team]
    begin = moment(until - timedelta(days=12))
    opened(course, agents[0], begin, minutes=14, score="100")
    opened(course, agents[1], begin + timedelta(hours=2), minutes=6)


def archive() -> bytes:
    """The same bytes each time, so that the demo is the same demo."""
    output = io.BytesIO()
    contents = {
        "imsmanifest.xml": MANIFEST,
        "index.html": PAGE,
        "course.js": SCRIPT,
        "course.css": STYLE,
    }
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in contents.items():
            packed.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return output.getvalue()


def take_in(trainer: User, at: datetime) -> ScormPackage:
    stored = files.store(
        archive(),
        name="transfers-that-land.zip",
        media_type="application/zip",
        kind="scorm",
        by_id=trainer.pk,
    )
    row = scorm_packages.order_import(file=stored, by=trainer, at=at)
    if row.package is not None:
        return row.package
    work = Unpacking(stored)
    while not isinstance(result := work.go_on(), Ready):
        if isinstance(result, Exception):
            raise result
    return scorm_packages.finish_import(row=row, ready=result, at=at)


def make_course(package: ScormPackage, trainer: User, second: User, at: datetime) -> Course:
    course = courses.create_course(
        title=package.title,
        code="transfers-that-land",
        summary="How to hand a caller on without losing them; made in an authoring tool.",
        category="Service",
        by=trainer,
        at=at,
    )
    revision = course.revisions.get()
    courses.change_revision(revision=revision, expected_minutes=15, by=trainer, at=at)
    lessons.add_lesson(
        module=Module.objects.get(revision=revision),
        kind="scorm",
        title=package.title,
        scorm_package=package,
        minutes=15,
        by=trainer,
        at=at,
    )
    courses.submit_revision(revision=revision, change_note="First edition.", by=trainer, at=at)
    courses.publish_revision(revision=revision, by=second, at=at)
    return Course.objects.get(pk=course.pk)


def opened(course: Course, agent: User, at: datetime, *, minutes: int, score: str = "") -> None:
    """One opening, as the runtime would tell of it."""
    enrollment: Enrollment = learning.enroll(person=agent, course=course, by=agent, at=at)
    lesson = Lesson.objects.get(module__revision=enrollment.revision_id)
    item = lesson.scorm_package.items.get() if lesson.scorm_package else None
    assert item is not None
    _launch, token = scorm.launch_item(
        enrollment=enrollment, lesson=lesson, item=item, origins=ORIGINS, by=agent, at=at
    )
    launch = scorm.launch_named(token)
    assert launch is not None
    elements = {
        "cmi.core.session_time": f"00:{minutes:02d}:00",
        "cmi.core.lesson_location": "2" if score else "1",
        "cmi.core.exit": "" if score else "suspend",
    }
    if score:
        elements |= {"cmi.core.score.raw": score, "cmi.core.lesson_status": "completed"}
    scorm.take_commit(
        launch=launch,
        message=Message(1, elements, is_final=True),
        at=at + timedelta(minutes=minutes),
    )
