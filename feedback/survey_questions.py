"""What a question found, from how often each answer was given: shares, means, ranks.

Told in docs/algorithms/survey-figures.md.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping

from feedback import indices
from feedback.indices import LEAST_FOR_INTERVAL, hidden_parts, mean_of, shown
from feedback.questionnaire import CHOICES, Option, Question, in_language

Line = tuple[str, str]
TOO_FEW = "too few"


def found_of(
    one: Question, counts: Mapping[str, int], answered: int, language: str, k: int = 1
) -> list[Line]:
    """(part, its figure in words). Parts below k are hidden with others; k 1 hides nothing."""
    if not answered:
        return []
    if one.kind in CHOICES:
        return list(_shares(one.options, counts, answered, language, k))
    if one.kind == "matrix":
        return list(_matrix(one, counts, language, k))
    if one.kind == "ranking":
        return list(_ranks(one, counts, language, k))
    if one.is_scale or one.text_kind == "number":
        return list(_numbers(one, counts, k))
    return []


def _shares(
    options: tuple[Option, ...], counts: Mapping[str, int], n: int, language: str, k: int
) -> Iterator[Line]:
    """Share of those who answered, with its interval from five answers on."""
    parts = {option.code: counts.get(option.code, 0) for option in options}
    hidden = hidden_parts(parts, k)
    for option in options:
        text = TOO_FEW if option.code in hidden else share_text(parts[option.code], n)
        yield in_language(option.words, language), text


def share_text(part: int, n: int) -> str:
    found = indices.share(part, n)
    if found.value is None or found.low is None or found.high is None:
        return "–"
    text = f"{shown(100 * found.value)} %"
    if n < LEAST_FOR_INTERVAL:
        return f"{text} ({part} of {n})"
    return f"{text} ({shown(100 * found.low)} to {shown(100 * found.high)}; {part} of {n})"


def _matrix(one: Question, counts: Mapping[str, int], language: str, k: int) -> Iterator[Line]:
    for row in one.rows:
        mine = {option.code: counts.get(f"{row.code}.{option.code}", 0) for option in one.options}
        label = in_language(row.words, language)
        for name, text in _shares(one.options, mine, sum(mine.values()), language, k):
            yield f"{label}: {name}", text


def _ranks(one: Question, counts: Mapping[str, int], language: str, k: int) -> Iterator[Line]:
    """Mean rank, the best first, and how often in the first place."""
    rows = []
    firsts = {option.code: counts.get(f"{option.code}.1", 0) for option in one.options}
    hidden = hidden_parts(firsts, k)
    for option in one.options:
        ranks = _values(counts, f"{option.code}.")
        n = ranks.total()
        if not n:
            continue
        mean = sum(rank * times for rank, times in ranks.items()) / n
        first = TOO_FEW if option.code in hidden else share_text(firsts[option.code], n)
        label = in_language(option.words, language)
        rows.append((mean, label, f"mean rank {shown(mean)}; in the first place {first}"))
    for _, label, text in sorted(rows):
        yield label, text


def _numbers(one: Question, counts: Mapping[str, int], k: int) -> Iterator[Line]:
    """Mean with its interval; of a scale also each value, of other numbers the median."""
    values = _values(counts, "")
    n = values.total()
    ends = (one.scale_min, one.scale_max) if one.is_scale else (-math.inf, math.inf)
    mean, _ = mean_of(values, *ends)
    if not one.is_scale and n < k:
        return
    text = shown(mean.value)
    if n >= LEAST_FOR_INTERVAL and mean.low is not None:
        text += f" ({shown(mean.low)} to {shown(mean.high)})"
    yield "Mean", text
    if not one.is_scale:
        yield "Median", shown(_median(values))
    parts = {str(value): values[value] for value in one.values}
    hidden = hidden_parts(parts, k)
    for code, part in parts.items():
        yield code, TOO_FEW if code in hidden else share_text(part, n)


def _median(values: Counter[float]) -> float | None:
    """Middle of the counted values, of two in the middle their mean."""
    n, passed = values.total(), 0
    found: list[float] = []
    for value in sorted(values):
        passed += values[value]
        found += [value] * ((passed > (n - 1) // 2) + (passed > n // 2) - len(found))
    return sum(found[:2]) / 2 if n else None


def _values(counts: Mapping[str, int], prefix: str) -> Counter[float]:
    found: Counter[float] = Counter()
    for key, n in counts.items():
        number = _number(key.removeprefix(prefix)) if key.startswith(prefix) else None
        if number is not None and n > 0:
            found[number] += n
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
