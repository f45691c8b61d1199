"""Every component with sample data, for designers and pictures; served in development and tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from config import context
from lib import charts
from lib.start_page import News, Task

PAGES = ("workspace", "public")
AT = datetime(2026, 3, 12, 14, 5, 30, tzinfo=UTC)
SECTIONS = (
    ("buttons", "Buttons"),
    ("state", "State and messages"),
    ("forms", "Forms"),
    ("tables", "Tables and filters"),
    ("figures", "Figures and charts"),
    ("facts", "Facts, timelines, transcripts"),
    ("moving", "Moving about"),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As it stands on the contract.")
    channel = forms.ChoiceField(choices=[("voice", "Voice"), ("chat", "Chat"), ("email", "E-mail")])
    due_on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), label="Due on")
    share = forms.DecimalField(label="Share in percent", required=False, min_value=0, max_value=100)
    comment = forms.CharField(widget=forms.Textarea, required=False)
    outcome = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("kept", "Kept as it is"), ("changed", "Changed"), ("void", "Void")],
    )
    days = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        choices=[("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday")],
        required=False,
    )
    recording = forms.FileField(required=False, help_text="WAV, MP3 or OGG, up to 500 MB.")
    agreed = forms.BooleanField(label="The customer agreed to the recording")


def refused_form() -> SampleForm:
    """The same form as it comes back with status 422."""
    return SampleForm({"name": "", "channel": "voice", "due_on": "31 February", "share": "140"})


def rows() -> list[dict[str, Any]]:
    agents = ("Noor Haddad", "Jonas Weber", "Amara Okafor", "Lucía Fernández", "Tomasz Nowak")
    states = (("good", "Final"), ("warn", "Disputed"), ("", "Draft"), ("bad", "Critical error"))
    return [
        {
            "pk": 4210 - number,
            "agent": agents[number % 5],
            "at": AT - timedelta(hours=5 * number),
            "seconds": 61 + 97 * number,
            "score": None if number % 4 == 2 else 97.5 - 3.25 * number,
            "tone": states[number % 4][0],
            "state": states[number % 4][1],
        }
        for number in range(8)
    ]


def turns() -> list[dict[str, Any]]:
    spoken = (
        (
            "agent",
            "Noor",
            "Thank you for calling Harbor Bank, this is Noor. How can I help you today?",
        ),
        ("customer", "Caller", "Hi, I think I lost my debit card somewhere between home and work."),
        (
            "agent",
            "Noor",
            "I am sorry to hear that. Before I block it, may I have your date of birth?",
        ),
        ("customer", "Caller", "Sure, it is the fourth of May, nineteen eighty-one."),
        ("system", "System", "Card number removed"),
        ("agent", "Noor", "Thank you. The card is blocked, and a new one is on its way to you."),
    )
    return [
        {
            "side": side,
            "name": name,
            "text": text,
            "at_seconds": 2 + 9 * position,
            "position": position,
        }
        for position, (side, name, text) in enumerate(spoken)
    ]


def entries() -> list[dict[str, Any]]:
    return [
        {"at": AT, "icon": "circle-check", "tone": "good", "title": "Evaluation 4210 finalized",
         "text": "92.5 of 100 on Service basics, version 3.", "url": "#"},
        {"at": AT - timedelta(hours=3), "icon": "phone-incoming", "title": "Call of 4:12 in Cards",
         "text": "Answered by Noor Haddad after 0:18.", "url": "#"},
        {"at": AT - timedelta(days=2), "icon": "flag", "tone": "warn", "title": "Disputed",
         "text": "The agent disagrees with “Identified the caller”."},
    ]  # fmt: skip


def sample_charts() -> list[charts.Chart]:
    """Weekly means with their band, and criteria with their intervals against a target."""
    mean = charts.Series(
        "Mean score",
        (79.5, 81.4, 80.2, None, 84.0, 86.2),
        low=(74.1, 77.8, 76.5, None, 80.9, 83.8),
        high=(84.9, 85.0, 83.9, None, 87.1, 88.6),
        counts=(12, 31, 28, None, 28, 35),
    )
    by_week = charts.line(
        ["W 6", "W 7", "W 8", "W 9", "W 10", "W 11"],
        [mean],
        title="Mean score by week",
        note="Band: 95 % interval.",
        target=charts.Target(85, "Target 85"),
    )
    by_criterion = charts.interval_dots(
        ["Identified the caller", "Solved the request", "Told the next step", "Kept a calm tone"],
        [96.0, 82.5, 61.0, 90.0],
        [90.2, 75.1, 49.4, 83.0],
        [98.4, 88.0, 71.5, 94.3],
        [104, 128, 71, 110],
        title="Criteria met",
        target=charts.Target(80, "Target 80 %"),
    )
    return [by_week, by_criterion]


def samples() -> dict[str, Any]:
    return {
        "form": SampleForm(initial={"channel": "chat", "outcome": "kept"}),
        "refused_form": refused_form(),
        "rows": rows(),
        "turns": turns(),
        "entries": entries(),
        "at": AT,
        "sections": SECTIONS,
        "trail": [("Quality", "#"), ("Evaluations", "#")],
        "tabs": [("Mine", "#", True, 4), ("Pool", "#", False, 12), ("Returned", "#", False, None)],
        "filters": [("Queue", "Cards", "#"), ("Period", "March 2026", "#")],
        "facts": [("Channel", "Voice"), ("Queue", "Cards"), ("Talk", "4:12"), ("Transfers", None)],
        "steps": ["File", "Columns", "Check", "Import"],
        "charts": sample_charts(),
        "differences": [("Outcome", "Solved", "Called back"), ("Queue", "Cards", "Cards")],
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "tasks": [
            Task("Disputes to decide", "#", "scale", 2, AT - timedelta(days=1), tone="bad"),
            Task("Evaluations assigned to you", "#", "list-checks", 4, AT + timedelta(days=1)),
            Task("Results to acknowledge", "#", "eye", 1, note="Released yesterday"),
        ],
        "news": [
            News(AT, "Your dispute was decided", "#", "scale"),
            News(AT, "You earned a certificate: Card data", "#", "award", has_time=False),
        ],
    }


def whole_rail() -> list[dict[str, Any]]:
    """Every entry, whatever its reader may do, leading nowhere; the work list is current."""
    rail = []
    for title, entries in context.RAIL:
        links = [context.link(entry) | {"url": "#"} for entry in entries]
        rail.append({"title": title, "entries": links})
        for entry in links:
            entry["current"] = "page" if entry["title"] == "Work list" else ""
    return rail


def show(request: HttpRequest, template: str) -> HttpResponse:
    """A page of samples with the whole rail, as if an invented person were signed in."""
    if settings.IS_PRODUCTION:
        raise Http404
    request.user = User(full_name="Noor Haddad", email="noor@example.com")
    rail = whole_rail()
    chrome = {
        "rail": rail,
        "rail_links": context.drawn(rail),
        "search_url": "#",
        "user_links": [],
        "roles": "Evaluator",
    }
    scheme = request.GET.get("scheme")
    held = {"chrome": chrome, "scheme": scheme if scheme in {"light", "dark"} else ""}
    return render(request, template, samples() | held)


def gallery(request: HttpRequest) -> HttpResponse:
    """All components; `?scheme=light` or `?scheme=dark` holds the page in one scheme."""
    return show(request, "gallery/gallery.html")


def gallery_page(request: HttpRequest, name: str) -> HttpResponse:
    """What needs a window of its own."""
    if name not in PAGES:
        raise Http404
    return show(request, f"gallery/{name}.html")
