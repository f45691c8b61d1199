"""Tells card numbers from other digits: issuer prefix, length and check digit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SHORTEST, LONGEST = 13, 19
OVERLONG_GROUP = 17

# First digits from and to, and the lengths that numbers of the issuer have.
_ISSUERS = (
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("6011", "6011", (16, 17, 18, 19)),
    ("644", "649", (16, 17, 18, 19)),
    ("65", "65", (16, 17, 18, 19)),
    ("62", "62", (16, 17, 18, 19)),
    ("3528", "3589", (16, 17, 18, 19)),
    ("300", "305", (14,)),
    ("36", "36", (14, 15, 16, 17, 18, 19)),
    ("38", "39", (14, 15, 16, 17, 18, 19)),
    ("50", "50", (13, 14, 15, 16, 17, 18, 19)),
    ("56", "58", (13, 14, 15, 16, 17, 18, 19)),
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


@dataclass(frozen=True, slots=True)
class Span:
    """Digits from `start` to `end` that hold a card number; its last four digits."""

    start: int
    end: int
    last_four: str
    weight: int


def issuer_fits(digits: str) -> bool:
    """Some issuer gives out numbers that begin like this and are this long."""
    return any(
        len(digits) in lengths and low <= digits[: len(low)] <= high
        for low, high, lengths in _ISSUERS
    )


def card_spans(groups: Sequence[str], is_written: Sequence[bool]) -> list[Span]:
    """The card numbers in digits that were written or said in `groups`, in order.

    A number begins and ends with a group. Where several overlap, all of them are taken as one span
    that shows the last digits of the longest.
    """
    digits = "".join(groups)
    if len(digits) < SHORTEST:
        return []
    spans = [*_whole_groups(groups, digits), *_overlong_groups(groups, is_written)]
    return list(_united(sorted(spans, key=lambda span: (span.start, -span.weight))))


def _whole_groups(groups: Sequence[str], digits: str) -> Iterator[Span]:
    ends = set(_starts(groups)) | {len(digits)}
    check = _CheckSums(digits)
    for start in _starts(groups):
        if digits[start] not in "23456":
            continue
        for length in range(LONGEST, SHORTEST - 1, -1):
            end = start + length
            if end in ends and check.passes(start, end) and _is_card(digits[start:end]):
                yield Span(start, end, digits[end - 4 : end], length)


def _overlong_groups(groups: Sequence[str], is_written: Sequence[bool]) -> Iterator[Span]:
    """A card number with digits written right behind it goes with all of them."""
    for start, group, written in zip(_starts(groups), groups, is_written, strict=True):
        if written and len(group) >= OVERLONG_GROUP:
            for length in (16, 15):
                card = group[:length]
                if _is_card(card) and _CheckSums(card).passes(0, length):
                    yield Span(start, start + len(group), card[-4:], LONGEST + 1)
                    break


def _is_card(digits: str) -> bool:
    return issuer_fits(digits) and digits != digits[0] * len(digits)


def _starts(groups: Sequence[str]) -> Iterator[int]:
    start = 0
    for group in groups:
        yield start
        start += len(group)


def _united(spans: Sequence[Span]) -> Iterator[Span]:
    held: Span | None = None
    for span in spans:
        if held is None or span.start >= held.end:
            if held is not None:
                yield held
            held = span
        else:
            heavier = max(held, span, key=lambda each: each.weight)
            held = Span(held.start, max(held.end, span.end), heavier.last_four, heavier.weight)
    if held is not None:
        yield held


class _CheckSums:
    """Luhn sums of every stretch of some digits, from running sums of both ways to double."""

    def __init__(self, digits: str) -> None:
        even, odd = [0], [0]
        for place, digit in enumerate(map(int, digits)):
            doubled = _DOUBLED[digit]
            even.append(even[-1] + (digit if place % 2 else doubled))
            odd.append(odd[-1] + (doubled if place % 2 else digit))
        self._doubled = (even, odd)

    def passes(self, start: int, end: int) -> bool:
        """Doubling every second digit from the one before the last, the sum divides by ten."""
        sums = self._doubled[end % 2]
        return (sums[end] - sums[start]) % 10 == 0
