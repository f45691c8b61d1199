"""Every kind of refusal that programs meet: its name, its status, and what to do about it."""

from typing import NamedTuple


class Problem(NamedTuple):
    """`title` is sent, `meaning` and `remedy` stand on the page /problems/<slug>/."""

    status: int
    title: str
    meaning: str
    remedy: str


PROBLEMS: dict[str, Problem] = {
    "invalid-json": Problem(
        400,
        "The body is not readable JSON",
        "The request's body is not JSON in UTF-8, or it says something twice or without bound.",
        "Send one JSON value: no name twice in an object, no NaN, whole numbers of at most 15 "
        "digits, no NUL character, at most 32 levels. The pointer in `errors` leads to the place.",
    ),
    "invalid-input": Problem(
        400,
        "Some values cannot be accepted",
        "The request was read, but some of its values break a rule of the resource.",
        "Each entry of `errors` points at one value and says what would be accepted.",
    ),
    "unknown-parameter": Problem(
        400,
        "There is no such parameter",
        "The address carries a query parameter that this resource does not have. It is refused "
        "rather than ignored, so that a misspelled filter never returns more than was asked for.",
        "Look the resource up in the documentation of the API; it lists every parameter.",
    ),
    "key-missing": Problem(
        400,
        "An idempotency key is needed",
        "A request that creates or acts carries a key, so that it can be repeated safely after a "
        "lost answer.",
        "Send the header Idempotency-Key with 1 to 128 visible ASCII characters, a new one for "
        "each new wish and the same one for each repetition.",
    ),
    "unauthorized": Problem(
        401,
        "Sign in first",
        "The request carries no token that is in force: it may be misspelled, revoked or expired, "
        "used from another network, or its owner's account is closed.",
        "Send the header `Authorization: Bearer att_…` with a token from Settings, Tokens.",
    ),
    "forbidden": Problem(
        403,
        "You may not do this",
        "The token is in force, but its scopes or the roles of its owner do not include this.",
        "Ask an administrator for a token with the scope that the documentation names, or for a "
        "role of its owner that reaches this.",
    ),
    "not-found": Problem(
        404,
        "There is nothing here",
        "The address does not exist, or the record is not visible to the token's owner. Both are "
        "answered alike.",
        "Check the address and the id, and whose records the owner of the token may see.",
    ),
    "method": Problem(
        405,
        "This address does not take that method",
        "The address exists, but not for this method.",
        "Use a method that the header Allow names.",
    ),
    "not-acceptable": Problem(
        406,
        "Only JSON is spoken here",
        "The header Accept asks for something other than JSON.",
        "Accept application/json, or leave the header out.",
    ),
    "conflict": Problem(
        409,
        "The record is not in a state for this",
        "The request is fine, but the record's state forbids it now.",
        "Read the record again; the sentence in `detail` says what stands against it.",
    ),
    "key-reused": Problem(
        409,
        "The idempotency key was used for something else",
        "This token used the same key within a day for another method, address or body.",
        "Use a new key for a new wish.",
    ),
    "in-progress": Problem(
        409,
        "The same request is still being worked on",
        "A request with the same key has not finished yet.",
        "Repeat it after as many seconds as Retry-After says; you will get the first answer.",
    ),
    "gone": Problem(
        410,
        "This no longer exists",
        "What stood here was removed for good.",
        "Stop asking for it.",
    ),
    "version-old": Problem(
        412,
        "Someone changed this first",
        "The record has changed since you read the version that If-Match names.",
        "Read it again, join both changes, and send the new version's ETag in If-Match.",
    ),
    "too-large": Problem(
        413,
        "That is too large",
        "The body, or the list in it, is larger than this address takes.",
        "Send it in parts, or import it as a file.",
    ),
    "unsupported-type": Problem(
        415,
        "Send JSON",
        "The body has another media type than JSON.",
        "Send JSON with the header `Content-Type: application/json`.",
    ),
    "version-missing": Problem(
        428,
        "Say which version you change",
        "A record that several people edit is only changed by those who say which version they "
        "saw.",
        "Read the record and send its ETag back in the header If-Match.",
    ),
    "throttled": Problem(
        429,
        "Too many requests",
        "The token, or the network that the request comes from, has used up its allowance.",
        "Wait as many seconds as Retry-After says.",
    ),
    "internal": Problem(
        500,
        "Something went wrong on our side",
        "A fault of Attune. Nothing was changed.",
        "Repeat the request with the same idempotency key. If it persists, tell the operator the "
        "request id, which finds the cause in the log.",
    ),
    "unavailable": Problem(
        503,
        "The service is not available right now",
        "The database is busy or away, or the disk is full.",
        "Repeat the request in a moment with the same idempotency key; the first answer is kept.",
    ),
}
