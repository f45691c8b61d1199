"""Short ways to write scorecards, as plain data, for tests of the pure modules."""

from quality.scoring import score

TEN = {"ten": 10, "five": 5, "zero": 0}
YES_NO = {"yes": 1, "no": 0}


def options(points, fails=("no",)):
    return [{"key": key, "points": value, "is_fail": key in fails} for key, value in points.items()]


def criterion(key, weight=None, points=YES_NO, **more):
    return {"key": key, "weight": weight, "options": options(points)} | more


def section(key, *criteria, **more):
    return {"key": key, "criteria": list(criteria)} | more


def card(*sections, mode="criterion_percent", **more):
    return {"weight_mode": mode, "sections": list(sections)} | more


def weighted(weights, points=TEN, mode="criterion_percent", **more):
    """One section with criteria a, b, c … of these weights."""
    keys = "abcdefgh"[: len(weights)]
    criteria = [criterion(key, weight, points) for key, weight in zip(keys, weights, strict=True)]
    return card(section("main", *criteria), mode=mode, **more)


def picks(text):
    """Answers in short: "a=ten b=- c=no/tool"; - is N/A, / names the fault owner."""
    answers = {}
    for part in text.split():
        key, picked = part.split("=")
        option, _, owner = picked.partition("/")
        answers[key] = {"na": True} if option == "-" else {"option": option}
        if owner:
            answers[key]["fault_owner"] = owner
    return answers


def result(version, answers, facts=None):
    """The result of a score as plain data."""
    given = picks(answers) if isinstance(answers, str) else answers
    return score(version, given, facts).as_dict()["result"]
