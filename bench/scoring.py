"""How quick scoring is, as a ratio to the barest loop over the same answers.

Run `python -m bench.scoring`; exit 1 when a target of docs/algorithms/scoring.md is missed.
100,000 evaluations of 30 criteria: 5 % N/A, 4 critical criteria, 2 conditional ones, 1 % excused.
"""

import json
import random
import sys
import time
from functools import partial
from itertools import islice
from statistics import median

from quality.scoring import Answer, Row, compile_version, score, score_many

EVALUATIONS = 100_000
CRITERIA = 30
CHUNK = 2_000
FEW = 10
POINTS = {"full": 10, "part": 5, "none": 0}
TARGETS = {"score_many": 6.0, "score": 500.0}
NOT_APPLICABLE = Answer(is_na=True)
EXCUSED = Answer(options=("none",), fault_owner="tool")


def version(rng):
    criteria = [criterion(index, rng.randint(1, 9)) for index in range(CRITERIA)]
    for index in (3, 10, 17, 24):
        criteria[index] |= {"critical_family": "compliance", "fail_trigger": "option"}
        criteria[index]["options"][2]["critical_scope"] = ("evaluation", "section")[index % 2]
    criteria[8]["condition"] = {"criterion": "c7", "op": "in", "value": ["full", "part"]}
    criteria[20]["condition"] = {"fact": "hold_seconds", "op": "gt", "value": 60}
    sections = [
        {"key": f"s{start}", "criteria": criteria[start : start + 6]}
        for start in range(0, CRITERIA, 6)
    ]
    return {"weight_mode": "criterion_percent", "pass_percent": 80, "sections": sections}


def criterion(index, weight):
    options = [
        {"key": key, "points": value, "is_fail": value == 0} for key, value in POINTS.items()
    ]
    return {"key": f"c{index}", "weight": weight, "options": options}


def random_marks(rng):
    marks = []
    for _ in range(CRITERIA):
        draw = rng.random()
        if draw < 0.05:
            marks.append(NOT_APPLICABLE)
        elif draw < 0.06:
            marks.append(EXCUSED)
        else:
            marks.append(rng.choices(("full", "part", "none"), (80, 15, 5))[0])
    return marks


def random_row(rng):
    return Row(random_marks(rng), {"hold_seconds": rng.randrange(120)})


def as_answers(marks):
    answers = {}
    for index, mark in enumerate(marks):
        if mark is NOT_APPLICABLE:
            answers[f"c{index}"] = {"na": True}
        elif mark is EXCUSED:
            answers[f"c{index}"] = {"option": "none", "fault_owner": "tool"}
        else:
            answers[f"c{index}"] = {"option": mark}
    return answers


def bare_loop(points, weights, rows):
    for row in rows:
        e = p = 0
        for pts, w, o in zip(points, weights, row):  # noqa: B905 - the barest loop there is.
            if o is not None:
                e += w * pts[o]
                p += w * 10


def seconds(work):
    start = time.thread_time()
    work()
    return time.thread_time() - start


def drain(iterator):
    for _ in iterator:
        pass


def score_each(version, cases):
    for answers, facts in cases:
        score(version, answers, facts)


def measure(evaluations=EVALUATIONS):
    """Microseconds per evaluation and ratios to the bare loop, each the median over chunks.

    Loop and scoring take turns chunk by chunk, so that a busy machine slows both.
    """
    rng = random.Random(7)
    document = version(rng)
    card = compile_version(document)
    weights = [item["weight"] for part in document["sections"] for item in part["criteria"]]
    taken = {name: [] for name in ("bare_loop", "score_many", "score", "score_from_document")}
    rows = [
        Row(random_marks(rng), {"hold_seconds": rng.randrange(120)}) for _ in range(evaluations)
    ]
    many = score_many(card, rows)
    for start in range(0, evaluations, CHUNK):
        chunk = rows[start : start + CHUNK]
        keys = [[mark if isinstance(mark, str) else None for mark in row.marks] for row in chunk]
        few = [(as_answers(row.marks), row.facts) for row in chunk[:FEW]]
        took = {
            "bare_loop": seconds(partial(bare_loop, [POINTS] * CRITERIA, weights, keys)) / CHUNK,
            "score_many": seconds(partial(drain, islice(many, CHUNK))) / CHUNK,
            "score": seconds(partial(score_each, card, few)) / FEW,
            "score_from_document": seconds(partial(score_each, document, few)) / FEW,
        }
        for name, time_taken in took.items():
            taken[name].append(time_taken)
    bare = taken["bare_loop"]
    return {
        "microseconds": {name: round(median(times) * 1e6, 1) for name, times in taken.items()},
        "ratio": {name: round(ratio_of(times, bare), 1) for name, times in taken.items()},
        "targets": TARGETS,
    }


def ratio_of(times, bare):
    return median(time / loop for time, loop in zip(times, bare, strict=True))


def main():
    found = measure()
    print(json.dumps(found, indent=2))
    return int(any(found["ratio"][name] > target for name, target in TARGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
