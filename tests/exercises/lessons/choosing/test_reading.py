"""Lesson 10's reading and counting: other ways to be right, and other ways to make each mistake."""

from collections import Counter, defaultdict

import torch

from vislearn.exercises import check


def all_in_one(weights):
    meta = weights.meta
    (scores,) = meta["_metrics"].values()
    return scores["acc@1"], meta["num_params"] / 10**6, weights.transforms().crop_size[0]


def as_a_list(weights):
    return [
        weights.meta["_metrics"]["ImageNet-1K"]["acc@1"],
        round(weights.meta["num_params"] / 1e6, 3),
        weights.transforms().crop_size[-1],
    ]


def by_value(weights):
    found = weights.value
    return (
        found.meta["_metrics"]["ImageNet-1K"]["acc@1"],
        found.meta["num_params"] * 1e-6,
        found.transforms().crop_size[0],
    )


def by_looking(weights):
    out = weights.transforms()(torch.zeros(3, 500, 600, dtype=torch.uint8))
    scores = next(iter(weights.meta["_metrics"].values()))
    return min(scores.values()), weights.meta["num_params"] / 1e6, out.shape[-1]


def by_building_nothing(weights):
    (side,) = weights.transforms().crop_size
    scores = weights.meta["_metrics"]["ImageNet-1K"]
    return (scores.get("acc@1"), weights.meta.get("num_params") / 1_000_000, int(side))


def by_counter(model):
    counts = Counter()
    for name, parameter in model.named_parameters():
        counts[name.partition(".")[0]] += parameter.numel()
    return dict(counts)


def by_default(model):
    counts = defaultdict(int)
    for name, parameter in model.named_parameters():
        counts[name.split(".", 1)[0]] += parameter.nelement()
    return counts


def by_children(model):
    counts = {name: one.numel() for name, one in model.named_parameters(recurse=False)}
    for name, part in model.named_children():
        if numbers := sum(one.numel() for one in part.parameters()):
            counts[name] = numbers
    return counts


def by_comprehension(model):
    names = {name.split(".")[0] for name, _one in model.named_parameters()}
    pairs = list(model.named_parameters())
    return {part: sum(one.numel() for name, one in pairs if name.split(".")[0] == part) for part in names}


def by_shapes(model):
    counts = {}
    for name, one in model.named_parameters():
        size = 1
        for side in one.shape:
            size *= side
        counts.setdefault(name.split(".")[0], 0)
        counts[name.split(".")[0]] += size
    return counts


RIGHT = {
    "choosing.read_weights": [all_in_one, as_a_list, by_value, by_looking, by_building_nothing],
    "choosing.parameters_of": [by_counter, by_default, by_children, by_comprehension, by_shapes],
}


def changed(at, value):
    def answer(weights):
        found = list(all_in_one(weights))
        found[at] = value(weights)
        return tuple(found)

    return answer


def children_alone(model):
    parts = {name: sum(one.numel() for one in part.parameters()) for name, part in model.named_children()}
    return {name: numbers for name, numbers in parts.items() if numbers > 0}


def with_buffers(model):
    counts = by_counter(model)
    for name, buffer in model.named_buffers():
        counts[name.split(".")[0]] += buffer.numel()
    return counts


def counted_tensors(model):
    return dict(Counter(name.split(".")[0] for name, _one in model.named_parameters()))


def without_frozen(model):
    counts = Counter()
    for name, one in model.named_parameters():
        if one.requires_grad:
            counts[name.split(".")[0]] += one.numel()
    return counts


def last_alone(model):
    counts = {}
    for name, one in model.named_parameters():
        counts[name.split(".")[0]] = one.numel()
    return counts


def layer_counted_wherever_it_stands(model):
    """Layer by layer, however often it stands there."""
    counts = {name: one.numel() for name, one in model.named_parameters(recurse=False)}
    for name, part in model.named_children():
        layers = [one for _name, one in part.named_modules(remove_duplicate=False)]
        numbers = [value.numel() for one in layers for value in one.parameters(recurse=False)]
        if numbers:
            counts[name] = sum(numbers)
    return counts


def by_first_name(values):
    found = {}
    for name, value in values.items():
        found.setdefault(name.split(".")[0], []).append(value)
    return found


WRONG = {
    "choosing.read_weights": {
        "_five": changed(0, lambda weights: max(weights.meta["_metrics"]["ImageNet-1K"].values())),
        "_not_in_millions": changed(1, lambda weights: weights.meta["num_params"]),
        "_resized": changed(2, lambda weights: weights.transforms().resize_size[0]),
        "_least": changed(2, lambda weights: weights.meta["min_size"][1]),
        "_a_list": changed(2, lambda weights: weights.transforms().crop_size),
    },
    "choosing.parameters_of": {
        "_buffers": lambda model: {
            name: sum(len(value.flatten()) for value in values)
            for name, values in by_first_name(model.state_dict()).items()
        },
        "_buffers_added": with_buffers,
        "_counted_twice": layer_counted_wherever_it_stands,
        "_children": children_alone,
        "_trainable": without_frozen,
        "_tensors": counted_tensors,
        "_each": lambda model: {name: one.nelement() for name, one in model.named_parameters()},
        "_overwritten": last_alone,
    },
}


def by_beginning(model):
    """`classifier` is the beginning of `classifier_norm`, too."""
    return {
        part: sum(one.numel() for name, one in model.named_parameters() if name.startswith(part))
        for part in by_counter(model)
    }


UNLISTED = {
    "choosing.read_weights": [
        lambda weights: all_in_one(weights)[0],
        lambda weights: all_in_one(weights)[::-1],
        changed(1, lambda weights: weights.meta["_file_size"]),
        changed(1, lambda weights: weights.meta["num_params"] / 1e9),
        lambda weights: weights.meta,
        changed(0, lambda weights: 100 - weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]),
        changed(1, lambda weights: weights.meta["num_params"] / 2**20),
        changed(1, lambda weights: weights.meta["num_params"] // 1e6),
        changed(2, lambda weights: 224),
        changed(2, lambda weights: weights.transforms().crop_size[0] ** 2),
    ],
    "choosing.parameters_of": [
        lambda model: sum(one.numel() for one in model.parameters()),
        lambda model: list(by_counter(model).values()),
        lambda model: {name: -numbers for name, numbers in by_counter(model).items()},
        lambda model: {name.upper(): numbers for name, numbers in by_counter(model).items()},
        lambda model: {name: 4 * numbers for name, numbers in by_counter(model).items()},
        by_beginning,
        lambda model: by_counter(model) | {"avgpool": 0},
        lambda model: by_counter(model) | {"total": sum(by_counter(model).values())},
        lambda model: {name: float(numbers) for name, numbers in by_counter(model).items()},
    ],
}


def test_each_weights_differs_in_what_a_mistake_would_take():
    answers = [check("choosing.read_weights", answer) for answer in WRONG["choosing.read_weights"].values()]
    assert {answer.status for answer in answers} == {"wrong"}
