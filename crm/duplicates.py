"""How alike two names and two customers are; told in docs/algorithms/duplicates.md."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from crm.names import name_key
from lib.sentences import said

LIKELY, POSSIBLE = 80, 50
SHARED_BY_MANY = 3
ROLE_MAILBOXES = frozenset({"info", "office", "support", "sales", "contact", "admin", "noreply"})
PHONE_OF_MANY = said("same phone, which {count} customers have")
EMAIL_OF_MANY = said("same e-mail address, which {count} customers have")
COUNTED = (PHONE_OF_MANY, EMAIL_OF_MANY)
BEGINNING_SCORE = 0.95
SHORTEST_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer as duplicates are found: normalized phones, e-mail match keys, handles.

    `organizations` are those of today; `external_ids` pairs of source and id.
    """

    name: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()
    external_ids: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against, with its points."""

    code: str
    points: int
    words: str


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100, with the reasons that add up to it before the limits."""

    points: int
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def verdict(self) -> str:
        """likely, possible, or "" for a pair that is not kept."""
        if self.points >= LIKELY:
            return "likely"
        return "possible" if self.points >= POSSIBLE else ""


def score(left: Candidate, right: Candidate, shared_by: Mapping[str, int] | None = None) -> Score:
    """How probably two customers are one person.

    `shared_by` says how many active customers have a phone or an e-mail key; absent ones count as
    shared by these two alone.
    """
    reasons = tuple(_reasons(left, right, shared_by or {}))
    points = sum(reason.points for reason in reasons)
    return Score(max(0, min(100, points)), reasons)


def _reasons(left: Candidate, right: Candidate, shared_by: Mapping[str, int]) -> Iterator[Reason]:
    yield from _best(_phone_reason(phone, shared_by) for phone in left.phones & right.phones)
    yield from _best(_email_reason(email, shared_by) for email in left.emails & right.emails)
    if left.handles & right.handles:
        yield Reason("handle", 70, said("same handle"))
    yield from _name_reason(left.name, right.name)
    if left.organizations & right.organizations:
        yield Reason("organization", 10, said("same organization today"))
    if _ids_differ(left.external_ids, right.external_ids):
        yield Reason("external_id", -40, said("different ids in one source"))


def _best(reasons: Iterable[Reason]) -> Iterator[Reason]:
    """A kind counts once, with the most that one of its values gives."""
    found = sorted(reasons, key=lambda reason: reason.points)
    yield from found[-1:]


def _phone_reason(phone: str, shared_by: Mapping[str, int]) -> Reason:
    count = shared_by.get(phone, 2)
    if count > SHARED_BY_MANY:
        return Reason("phone_of_many", 15, said(PHONE_OF_MANY, count=count))
    return Reason("phone", 50, said("same phone"))


def _email_reason(email: str, shared_by: Mapping[str, int]) -> Reason:
    count = shared_by.get(email, 2)
    if email.partition("@")[0] in ROLE_MAILBOXES:
        return Reason("role_mailbox", 10, said("same e-mail address, which is not a person's"))
    if count > SHARED_BY_MANY:
        return Reason(
            "email_of_many",
            15,
            said(EMAIL_OF_MANY, count=count),
        )
    return Reason("email", 60, said("same e-mail address"))


def _name_reason(left: str, right: str) -> Iterator[Reason]:
    if not name_key(left) or not name_key(right):
        return
    alike = similarity(left, right)
    if alike >= 0.95:
        yield Reason("name", 35, said("equal names"))
    elif alike >= 0.70:
        yield Reason("name", 25, said("very similar names"))
    elif alike >= 0.55:
        yield Reason("name", 10, said("similar names"))
    elif alike < 0.30:
        yield Reason("name", -25, said("different names"))


def _ids_differ(left: frozenset[tuple[str, str]], right: frozenset[tuple[str, str]]) -> bool:
    """Some source knows both, and by no common id."""
    common = {source for source, _ in left & right}
    sources = {source for source, _ in left} & {source for source, _ in right}
    return bool(sources - common)


def similarity(a: str, b: str) -> float:
    """Shared of all distinct trigrams of two names, 0 to 1; 0 if one has no word."""
    left, right = _trigrams(name_key(a)), _trigrams(name_key(b))
    return len(left & right) / len(left | right) if left and right else 0.0


@lru_cache(maxsize=4096)
def _trigrams(key: str) -> frozenset[str]:
    """Three letters each of every word, with two spaces before it and one behind."""
    padded = (f"  {word} " for word in key.split())
    return frozenset(word[at : at + 3] for word in padded for at in range(len(word) - 2))


def word_score(query: str, text: str) -> float:
    """How well a text answers a search, 0 to 1: the mean over the words of the query."""
    wanted, there = name_key(query).split(), name_key(text).split()
    if not wanted or not there:
        return 0.0
    return sum(max(_word_fit(word, other) for other in there) for word in wanted) / len(wanted)


def _word_fit(word: str, other: str) -> float:
    if word == other:
        return 1.0
    if len(word) >= SHORTEST_BEGINNING and other.startswith(word):
        return BEGINNING_SCORE
    return 1 - edit_distance(word, other) / max(len(word), len(other))


def edit_distance(a: str, b: str) -> int:
    """Optimal string alignment: edits and swaps of neighbors, none of them edited again."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        oldest, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                best = min(best, oldest[j - 2] + 1)
            row.append(best)
    return row[-1]
