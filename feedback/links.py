"""Addresses that leave the house, and signed notes that pages give themselves."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

SHEET_SALT, COOKIE_SALT, KEY_SALT = "feedback.sheet", "feedback.cookie", "feedback.key"
OPT_OUT_SALT = "feedback.opt_out"
KEY_SECONDS = 15 * 60
LARGEST_CARRIED = 16_000


class Forged(Exception):
    """A signed note was changed, or made for something else."""


def survey_link(token: str, rating: int | None = None) -> str:
    """The link of a message; the host of the request never takes part in it."""
    link = settings.SURVEY_BASE_URL + reverse("feedback:open_link", args=[token])
    return link if rating is None else f"{link}?r={rating}"


def collector_link(slug: str) -> str:
    return str(settings.SURVEY_BASE_URL + reverse("feedback:answer_open", args=[slug]))


def opt_out_link(invitation_id: int) -> str:
    signed = signing.dumps(invitation_id, salt=OPT_OUT_SALT)
    return str(settings.SURVEY_BASE_URL + reverse("feedback:opt_out", args=[signed]))


def read_opt_out(signed: str) -> int:
    """The invitation of an opt-out link, which works for ever. Raises Forged."""
    return int(_load(signed, OPT_OUT_SALT))


def short_key(invitation_id: int) -> str:
    """What opens the page where cookies are off, for fifteen minutes; not the token."""
    return signing.dumps(invitation_id, salt=KEY_SALT)


def read_short_key(text: str) -> int:
    return int(_load(text, KEY_SALT, KEY_SECONDS))


def cookie_value(invitation_id: int) -> str:
    return signing.dumps(invitation_id, salt=COOKIE_SALT)


def read_cookie(text: str) -> int:
    return int(_load(text, COOKIE_SALT))


@dataclass
class Sheet:
    """What a shown page knows of itself: whose it is, when it was first shown, which section.

    `counter` is the draft it was made from; `carried` holds earlier answers where no draft is kept;
    `pressed_at` an earlier press that looked like a machine's.
    """

    kind: str
    pk: int
    version: int
    nonce: str
    rendered_at: float
    section: str = ""
    counter: int = 0
    language: str = ""
    is_quick: bool = False
    pressed_at: float | None = None
    trail: list[str] = field(default_factory=list)
    carried: dict[str, Any] = field(default_factory=dict)

    def signed(self) -> str:
        return signing.dumps(asdict(self), salt=SHEET_SALT, compress=True)


def read_sheet(text: str) -> Sheet:
    """The note of a form. Raises Forged."""
    if len(text) > LARGEST_CARRIED * 2:
        raise Forged
    return Sheet(**_load(text, SHEET_SALT))


def _load(text: str, salt: str, max_age: int | None = None) -> Any:
    try:
        return signing.loads(text, salt=salt, max_age=max_age)
    except (signing.BadSignature, ValueError, TypeError):
        raise Forged from None
