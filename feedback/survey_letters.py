"""The messages that ask: e-mail as HTML and text, and text messages. Links exist in them alone."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from feedback import links, piping
from feedback.models import Invitation
from feedback.naming import names_for
from feedback.questionnaire import direction, in_language
from lib.sentences import said
from lib.speaking import words_in

WORDS = {
    "hello": said("Hello {name}"),
    "hello_nobody": said("Hello"),
    "about": said("You were in touch with us on {day}. May we ask you one thing about it?"),
    "about_nothing": said("May we ask you one thing?"),
    "reminder": said(
        "We wrote to you a few days ago. If you have a minute, your answer still counts."
    ),
    "answer": said("Answer"),
    "press": said("Choose a value; you can change it on the page before you send it."),
    "opt_out": said("Do not ask me again"),
    "identified": said("Your answer is kept together with your name."),
    "confidential": said(
        "Your name is kept apart from your answer; only a few named people may see it."
    ),
    "anonymous": said("Your answer is anonymous."),
}
WITH = ("survey", "version", "customer", "recipient", "contact_point", "interaction__last_agent")


def invitation_mail(
    *, invitation_id: int, token: str, purpose: str
) -> EmailMultiAlternatives | None:
    """The mail that asks; called in the worker while it is sent, with a token just made."""
    row = Invitation.objects.select_related(*WITH, "queue").get(pk=invitation_id)
    address = row.recipient.email if row.recipient else None
    if row.contact_point:
        address = row.contact_point.value
    if not address:
        return None
    context = mail_context(row, token, purpose)
    text = render_to_string("feedback/mail/invitation.txt", context)
    out = links.opt_out_link(row.pk)
    message = EmailMultiAlternatives(
        str(context["title"]),
        text,
        to=[address],
        headers={
            "List-Unsubscribe": f"<{out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(
        render_to_string("feedback/mail/invitation.html", context), "text/html"
    )
    return message


def mail_context(row: Invitation, token: str, purpose: str) -> dict[str, Any]:
    content = row.version.questionnaire
    words = words_in(row.language, WORDS)
    names = names_for(row, row.survey)
    key, name = content.key, names.get("customer_first_name", "")
    day = f"{row.interaction.started_at:%Y-%m-%d}" if row.interaction else ""
    is_named = not row.survey.is_anonymous
    about = words["about"].format(day=day) if day and is_named else words["about_nothing"]
    return {
        "language": row.language,
        "direction": direction(row.language),
        "title": piping.fill(in_language(content.title, row.language), names, escape=False),
        "hello": words["hello"].format(name=name) if name else words["hello_nobody"],
        "about": words["reminder"] if purpose == "reminder" else about,
        "question": piping.fill(in_language(key.words, row.language), names, escape=False)
        if key
        else "",
        "low": in_language(key.low, row.language) if key else "",
        "high": in_language(key.high, row.language) if key else "",
        "ratings": [(value, links.survey_link(token, value)) for value in key.values]
        if key
        else [],
        "link": links.survey_link(token),
        "opt_out_link": links.opt_out_link(row.pk),
        "words": words,
        "promise": words[row.survey.anonymity],
    }


def sms_text(row: Invitation, token: str) -> str:
    """One line with the link."""
    title = in_language(row.version.questionnaire.title, row.language)
    return f"{title}: {links.survey_link(token)}"
