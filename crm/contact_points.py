"""Reads phone numbers, e-mail addresses and handles as people write them.

One way to write each, so that equal ones are equal; told in docs/algorithms/contact-points.md.
"""

import re
import unicodedata
from dataclasses import dataclass

import idna
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from lib.sentences import said

BULLETS = "•"
GMAIL = ("gmail.com", "googlemail.com")
LONGEST_LOCAL_BYTES = 64
LONGEST_EMAIL_BYTES = 254
LONGEST_HANDLE = 200

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_PHONE_SCHEME = re.compile(r"(?:tel|callto|whatsapp):(?://)?", re.IGNORECASE)
_SIP_SCHEME = re.compile(r"sips?:", re.IGNORECASE)
_SPREADSHEET = re.compile(r"\d+(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_ANGLED = re.compile(r"[^<>]*<([^<>]*)>")
_NO_LOCAL = re.compile(r"[\s<>\"(),:;\[\]\\\x00-\x1f\x7f]|\.\.|^\.|\.$")


class Unreadable(ValueError):
    """A contact point cannot be read: `code` of the import, and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Phone:
    """`value` is E.164, `country` the region code, `validity` "valid" or "possible"."""

    value: str
    extension: str
    country: str
    validity: str

    @property
    def reversed_digits(self) -> str:
        """The digits from the last to the first, to search by the end of a number."""
        return self.value.lstrip("+")[::-1]


@dataclass(frozen=True, slots=True)
class Email:
    """`match_key` is equal for addresses that reach one mailbox, such as those with a +tag."""

    value: str
    match_key: str


def normalize_phone(raw: str, region: str) -> Phone:
    """Read a phone number; `region` is the country of numbers without a country code.

    A number is valid if its country assigns it, possible if only its length is right. Raises
    Unreadable (phone_unreadable or spreadsheet_number) for all else, local numbers included.
    """
    text = _visible(raw)
    text = _PHONE_SCHEME.sub("", text, count=1) if _PHONE_SCHEME.match(text) else _sip_user(text)
    if _SPREADSHEET.fullmatch(text):
        raise Unreadable(
            "spreadsheet_number",
            said(
                "A spreadsheet shortened this number. Format the column as text and export it "
                "again."
            ),
        )
    try:
        number = phonenumbers.parse(text, region or None)
    except NumberParseException:
        raise _unreadable_phone() from None
    validity = _validity(number)
    return Phone(
        value=phonenumbers.format_number(number, PhoneNumberFormat.E164),
        extension=number.extension or "",
        country=phonenumbers.region_code_for_number(number) or "",
        validity=validity,
    )


def _validity(number: phonenumbers.PhoneNumber) -> str:
    if phonenumbers.is_valid_number(number):
        return "valid"
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == ValidationResult.IS_POSSIBLE:
        return "possible"
    raise _unreadable_phone()


def _unreadable_phone() -> Unreadable:
    return Unreadable(
        "phone_unreadable",
        said(
            "We could not read this as a phone number. Add the country code, for example "
            "+49 30 901820."
        ),
    )


def _sip_user(text: str) -> str:
    """The user part of a SIP address; any other text as it is."""
    if not _SIP_SCHEME.match(text):
        return text
    return re.split("[@;]", _SIP_SCHEME.sub("", text, count=1))[0]


def normalize_email(raw: str) -> Email:
    """Read an e-mail address; raises Unreadable (email_unreadable)."""
    text = _visible(raw)
    angled = _ANGLED.fullmatch(text)
    if angled:
        text = angled[1].strip()
    if _MAILTO.match(text):
        text = _MAILTO.sub("", text, count=1).partition("?")[0]
    local, _, domain = text.rpartition("@")
    local = local.lower()
    if not local or "@" in local or _NO_LOCAL.search(local):
        raise _unreadable_email()
    value = f"{local}@{_ascii_domain(domain)}"
    if len(local.encode()) > LONGEST_LOCAL_BYTES or len(value.encode()) > LONGEST_EMAIL_BYTES:
        raise _unreadable_email()
    return Email(value, _match_key(value))


def _ascii_domain(domain: str) -> str:
    try:
        encoded = idna.encode(domain.removesuffix("."), uts46=True, transitional=False).decode()
    except (idna.IDNAError, UnicodeError):
        raise _unreadable_email() from None
    if "." not in encoded:
        raise _unreadable_email()
    return encoded


def _match_key(value: str) -> str:
    local, _, domain = value.rpartition("@")
    first_plus = local.find("+", 1)
    if first_plus > 0:
        local = local[:first_plus]
    if domain in GMAIL:
        local, domain = local.replace(".", "") or local, GMAIL[0]
    return f"{local}@{domain}"


def _unreadable_email() -> Unreadable:
    return Unreadable(
        "email_unreadable",
        said("We could not read this as an e-mail address. Write it like anna@example.com."),
    )


def normalize_handle(raw: str) -> str:
    """Read a handle of any network but WhatsApp, whose handles are phone numbers."""
    text = _visible(raw).removeprefix("@").strip().casefold()
    if not text or len(text) > LONGEST_HANDLE:
        raise Unreadable(
            "handle_unreadable", said("Enter the name by which the network knows this person.")
        )
    return text


def mask(kind: str, value: str) -> str:
    """Show of a normalized contact point (phone, email, handle) only what helps to recognize it."""
    if kind == "phone":
        return _mask_phone(value)
    if kind == "email":
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}•••@{domain[:1]}•••.{domain.rpartition('.')[2]}"
    return f"{value[:1]}•••"


def _mask_phone(value: str) -> str:
    try:
        country_code = phonenumbers.parse(value, None).country_code
    except NumberParseException:
        return BULLETS * 6
    return f"+{country_code} {BULLETS * 6} {value[-2:]}"


def _visible(raw: str) -> str:
    """The text in compatibility form, without marks that nobody sees."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", raw)).strip()
