"""Mask what identifies people in comments: cards, IBANs, e-mail addresses, telephone numbers."""

import re

from crm.redaction import redact

_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_PHONE = re.compile(r"(?<!\d)[+(0][\d ./()-]*\d(?!\d)")


def mask_text(text: str) -> str:
    """The text with card numbers, IBANs, e-mail addresses and telephone numbers masked."""
    text = redact(text.translate(_WIDE_DIGITS))
    text = _IBAN.sub(_mask_iban, text)
    text = _EMAIL.sub("[email]", text)
    return _PHONE.sub(_mask_phone, text)


def _mask_iban(match: re.Match[str]) -> str:
    """The longest beginning of the match that is an IBAN becomes `[iban]`."""
    found = match[0]
    for end in range(len(found), 14, -1):
        is_whole = end == len(found) or found[end] == " "
        if is_whole and found[end - 1] != " " and _is_iban(found[:end]):
            return "[iban]" + found[end:]
    return found


def _is_iban(text: str) -> bool:
    code = text.replace(" ", "").upper()
    if not 15 <= len(code) <= 34:
        return False
    turned = code[4:] + code[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _mask_phone(match: re.Match[str]) -> str:
    digits = sum(letter.isdigit() for letter in match[0])
    return "[phone]" if 9 <= digits <= 15 else match[0]
