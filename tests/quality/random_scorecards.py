"""Random scorecards with answers and facts, rich in rare rules, for properties of scoring."""

from quality.documents import FAMILIES, FAULT_OWNERS, NA_POLICIES, SCOPES, WEIGHT_MODES

FACTS = ("channel", "hold_seconds", "custom.plan")


def random_card(rng, **fixed):
    """A valid version; `fixed` overrides its switches."""
    mode = fixed.get("weight_mode") or rng.choice(WEIGHT_MODES)
    policy = fixed.get("na_policy") or rng.choice(NA_POLICIES)
    earlier = []
    version = {
        "weight_mode": mode,
        "na_policy": policy,
        "na_fixed_percent": rng.choice([0, "33.3", 50, 100]) if policy == "fixed" else None,
        "pass_percent": rng.choice([None, 60, "82.5"]),
        "decimals": rng.randint(0, 4),
        "bands": rng.choice(
            [[], [{"label": "Low", "from_percent": 0}, {"label": "High", "from_percent": 70}]]
        ),
        "sections": [random_section(rng, mode, earlier, f"s{i}") for i in range(rng.randint(1, 3))],
    }
    if rng.random() < 0.3:
        version["cap_percent"] = rng.choice([None, 105, "120.5"])
    return version | fixed


def random_section(rng, mode, earlier, key, is_top=True):
    section = {
        "key": key,
        "weight": rng.choice([0, 1, "2.5", 40]),
        "is_bonus": rng.random() < 0.08,
        "is_scored": rng.random() > 0.05,
        "condition": random_condition(rng, earlier) if rng.random() < 0.1 else None,
        "criteria": [
            random_criterion(rng, mode, earlier, f"{key}-{i}") for i in range(rng.randint(1, 4))
        ],
    }
    if rng.random() < 0.1:
        section |= {"fail_below_percent": rng.choice([30, 50]), "fail_scope": rng.choice(SCOPES)}
    if is_top and rng.random() < 0.4:
        section["sections"] = [random_section(rng, mode, earlier, f"{key}-sub", is_top=False)]
    return section


def random_criterion(rng, mode, earlier, key):
    kind = rng.choice(["single"] * 5 + ["multi", "multi", "number", "text", "label"])
    found = {
        "key": key,
        "kind": kind,
        "weight": rng.choice([0, 1, 3, "7.25", 20, 30]),
        "is_bonus": rng.random() < 0.08,
        "is_scored": rng.random() > 0.05,
        "critical_family": rng.choice([None, None, *FAMILIES]),
        "condition": random_condition(rng, earlier) if rng.random() < 0.15 else None,
    }
    if kind in ("single", "multi", "number"):
        found["options"] = [random_option(rng, mode, kind, i) for i in range(rng.randint(2, 4))]
        if rng.random() < 0.3:
            found["max_points"] = rng.choice([0, 5, "7.5", 12])
    if kind in ("single", "multi"):
        found |= random_trigger(rng)
        earlier.append(found)
    return found


def random_option(rng, mode, kind, index):
    low = -5 if mode in ("points", "scaled_points") and rng.random() < 0.2 else 0
    option = {
        "key": f"o{index}",
        "points": rng.choice([low, 0, 1, "2.5", 5, 10]),
        "is_fail": rng.random() < 0.25,
        "is_bonus": rng.random() < 0.05,
        "critical_scope": rng.choice(SCOPES) if rng.random() < 0.15 else None,
    }
    if kind == "number":
        option |= {"range_from": 10 * index, "range_to": 10 * index + 9}
    return option


def random_trigger(rng):
    trigger = rng.choice(["none", "none", "option", "not_highest", "below_percent"])
    if trigger in ("none", "option"):
        return {"fail_trigger": trigger}
    limit = rng.choice([20, 50]) if trigger == "below_percent" else None
    return {
        "fail_trigger": trigger,
        "fail_scope": rng.choice(SCOPES),
        "fail_below_percent": limit,
    }


def random_condition(rng, earlier, depth=2):
    if depth and rng.random() < 0.4:
        word = rng.choice(["all", "any", "not"])
        if word == "not":
            return {"not": random_condition(rng, earlier, depth - 1)}
        return {word: [random_condition(rng, earlier, depth - 1) for _ in range(2)]}
    if earlier and rng.random() < 0.6:
        asked = rng.choice(earlier)
        operator = rng.choice(["in", "not_in", "eq", "na"])
        if operator == "na":
            return {"criterion": asked["key"], "op": "na"}
        value = "o0" if operator == "eq" else ["o0", "o1"]
        return {"criterion": asked["key"], "op": operator, "value": value}
    return rng.choice(
        [
            {"fact": "channel", "op": "in", "value": ["voice", "chat"]},
            {"fact": "hold_seconds", "op": "gte", "value": 60},
            {"fact": "custom.plan", "op": "eq", "value": "gold"},
        ]
    )


def criteria_of(version):
    for top in version["sections"]:
        for home in (top, *top.get("sections", ())):
            yield from home["criteria"]


def random_answers(rng, version, na=0.1, unanswered=0.1):
    answers = {}
    for criterion in criteria_of(version):
        if criterion["kind"] == "label" or rng.random() < unanswered:
            continue
        answers[criterion["key"]] = (
            {"na": True} if rng.random() < na else random_answer(rng, criterion)
        )
    return answers


def random_answer(rng, criterion):
    if criterion["kind"] == "text":
        return {"text": rng.choice(["fine", "called back"])}
    keys = [option["key"] for option in criterion["options"]]
    answer = {"fault_owner": rng.choice(FAULT_OWNERS)} if rng.random() < 0.3 else {}
    if criterion["kind"] == "single":
        return answer | {"option": rng.choice(keys)}
    if criterion["kind"] == "multi":
        return answer | {"options": rng.sample(keys, rng.randint(1, len(keys)))}
    return answer | {"number": rng.randrange(10 * len(keys))}


def random_facts(rng):
    facts = {"channel": rng.choice(["voice", "email"]), "hold_seconds": rng.choice([0, 60, "61.5"])}
    if rng.random() < 0.5:
        facts["custom.plan"] = rng.choice(["gold", "silver", 7])
    return {name: value for name, value in facts.items() if rng.random() < 0.8}
