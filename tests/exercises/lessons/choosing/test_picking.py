"""Lesson 10's pick: other ways to find the best that fits, and other ways to make each mistake."""


def by_loop(models, most_ms, most_mb):
    best = None
    for one in models:
        if one["ms"] > most_ms or one["mb"] > most_mb:
            continue
        if best is None or one["score"] > best["score"]:
            best = one
    return "" if best is None else best["name"]


def by_sorting(models, most_ms, most_mb):
    for one in sorted(models, key=lambda one: -one["score"]):
        if one["ms"] <= most_ms and one["mb"] <= most_mb:
            return one["name"]
    return ""


def by_default(models, most_ms, most_mb):
    fit = (one for one in models if one["ms"] <= most_ms and one["mb"] <= most_mb)
    return max(fit, key=lambda one: one["score"], default={"name": ""})["name"]


def by_filter(models, most_ms, most_mb):
    fit = list(filter(lambda one: max(one["ms"] / most_ms, one["mb"] / most_mb) <= 1, models))
    return sorted(fit, key=lambda one: one["score"])[-1]["name"] if fit else ""


def by_pairs(models, most_ms, most_mb):
    pairs = [(one["score"], one["name"]) for one in models if one["ms"] <= most_ms if one["mb"] <= most_mb]
    return max(pairs)[1] if pairs else ""


NAME = "choosing.pick"
RIGHT = {NAME: [by_loop, by_sorting, by_default, by_filter, by_pairs]}
NO_LIMIT = float("inf")


def strictly(models, most_ms, most_mb):
    kept = [one for one in models if not (one["ms"] >= most_ms or one["mb"] >= most_mb)]
    return by_loop(kept, NO_LIMIT, NO_LIMIT)


def quickest(models, most_ms, most_mb):
    ordered = sorted(models, key=lambda one: one["ms"])
    return next((one["name"] for one in ordered if one["ms"] <= most_ms and one["mb"] <= most_mb), "")


def first(models, most_ms, most_mb):
    for one in models:
        if one["ms"] <= most_ms and one["mb"] <= most_mb:
            return one["name"]
    return ""


def whole(models, most_ms, most_mb):
    name = by_loop(models, most_ms, most_mb)
    return next((one for one in models if one["name"] == name), "")


WRONG = {
    NAME: {
        "_strictly": strictly,
        "_quickest": quickest,
        "_smallest": lambda models, ms, mb: min(
            ((one["mb"], one["name"]) for one in models if one["ms"] <= ms and one["mb"] <= mb),
            default=(0, ""),
        )[1],
        "_per_cost": lambda models, ms, mb: by_loop(
            [{**one, "score": one["score"] / one["mb"]} for one in models], ms, mb
        ),
        "_worst": lambda models, ms, mb: min(
            ((one["score"], one["name"]) for one in models if one["ms"] <= ms and one["mb"] <= mb),
            default=(0, ""),
        )[1],
        "_unlimited": lambda models, ms, mb: by_loop(models, NO_LIMIT, NO_LIMIT),
        "_asked_afterwards": lambda models, ms, mb: by_loop(
            sorted(models, key=lambda one: one["score"])[-1:], ms, mb
        ),
        "_any_size": lambda models, ms, mb: by_loop(models, ms, NO_LIMIT),
        "_any_time": lambda models, ms, mb: by_loop(models, NO_LIMIT, mb),
        "_first": first,
        "_whole": whole,
        "_either": lambda models, ms, mb: by_loop(
            [one for one in models if one["ms"] <= ms or one["mb"] <= mb], NO_LIMIT, NO_LIMIT
        ),
    }
}

UNLISTED = {
    NAME: [
        lambda models, ms, mb: by_loop(models, ms, mb) or "nothing",
        lambda models, ms, mb: max(
            ((one["ms"], one["name"]) for one in models if one["ms"] <= ms and one["mb"] <= mb),
            default=(0, ""),
        )[1],
        lambda models, ms, mb: by_loop([one for one in models if one["ms"] < ms], NO_LIMIT, mb),
        lambda models, ms, mb: by_loop([one for one in models if one["mb"] < mb], ms, NO_LIMIT),
        lambda models, ms, mb: max(models, key=lambda one: one["score"] / one["ms"])["name"],
        lambda models, ms, mb: min(models, key=lambda one: one["mb"])["name"],
        lambda models, ms, mb: [by_loop(models, ms, mb)],
        lambda models, ms, mb: max(one["score"] for one in models),
        lambda models, ms, mb: min(models, key=lambda one: one["score"])["name"],
        lambda models, ms, mb: by_loop(models, ms, mb).upper(),
    ]
}
