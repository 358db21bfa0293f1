"""Lesson 11's reading of a report: other ways to read it, and other ways to make each mistake."""

import json

import numpy as np
import torch

from vislearn.exercises.registry import find

REPORT = "classification.read_report"


def off(counts):
    return counts * (1 - np.eye(len(counts), dtype=int))


def by_numpy(report):
    counts = np.array(report["parts"]["val"]["confusion"])
    names = report["classes"]
    recall = counts.diagonal() / counts.sum(1)
    row, column = np.unravel_index(off(counts).argmax(), counts.shape)
    return names[recall.argmin()], names[row], names[column]


def by_sorting(report):
    val, names = report["parts"]["val"], report["classes"]
    weakest = sorted(val["per_class"], key=lambda name: val["per_class"][name]["recall"])[0]
    pairs = [
        (count, truth, answer)
        for truth, row in zip(names, val["confusion"], strict=True)
        for answer, count in zip(names, row, strict=True)
        if truth != answer
    ]
    return [weakest, *max(pairs)[1:]]


def by_loops(report):
    val, names = report["parts"]["val"], report["classes"]
    most, pair = -1, None
    for i in range(len(names)):
        for j in range(len(names)):
            if i != j and val["confusion"][i][j] > most:
                most, pair = val["confusion"][i][j], (names[i], names[j])
    worst, least = None, 2.0
    for name, row in val["per_class"].items():
        if row["recall"] < least:
            worst, least = name, row["recall"]
    return (worst, *pair)


def by_tensor(report):
    counts = torch.tensor(report["parts"]["val"]["confusion"])
    recall = counts.diag() / counts.sum(dim=1)
    counts = counts - torch.diag(counts.diag())
    row, column = (counts == counts.max()).nonzero()[0].tolist()
    return tuple(report["classes"][at] for at in (int(recall.argmin()), row, column))


def by_json(report):
    return by_loops(json.loads(json.dumps(report)))


def val(report):
    return report["parts"]["val"]


def by_column(report, column, part="val", pick=min):
    table = report["parts"][part]["per_class"]
    return pick(table, key=lambda name: table[name][column])


def on_diagonal(report):
    counts = np.array(val(report)["confusion"])
    row, column = np.unravel_index(counts.argmax(), counts.shape)
    return by_numpy(report)[0], report["classes"][row], report["classes"][column]


def of_test(report):
    return by_numpy({**report, "parts": {"val": report["parts"]["test"]}})


def by_share(report):
    counts = np.array(val(report)["confusion"])
    names, shares = report["classes"], off(counts) / counts.sum(1)[:, None]
    row, column = np.unravel_index(shares.argmax(), shares.shape)
    return by_numpy(report)[0], names[row], names[column]


def by_alphabet(report):
    names = sorted(report["classes"])
    counts = off(np.array(val(report)["confusion"]))
    row, column = np.unravel_index(counts.argmax(), counts.shape)
    return by_column(report, "recall"), names[row], names[column]


RIGHT = {REPORT: [by_numpy, by_sorting, by_loops, by_tensor, by_json]}

WRONG = {
    REPORT: {
        "_by_precision": lambda report: (by_column(report, "precision"), *by_numpy(report)[1:]),
        "_by_f1": lambda report: (by_column(report, "f1"), *by_numpy(report)[1:]),
        "_the_best": lambda report: (by_column(report, "recall", pick=max), *by_numpy(report)[1:]),
        "_turned": lambda report: (by_loops(report)[0], *reversed(by_loops(report)[1:])),
        "_diagonal": on_diagonal,
        "_by_share": by_share,
        "_sorted": by_alphabet,
        "_other_part": of_test,
        "_numbers": lambda report: (
            by_loops(report)[0],
            *[report["classes"].index(name) for name in by_loops(report)[1:]],
        ),
    }
}

UNLISTED = {
    REPORT: [
        lambda report: by_numpy(report)[0],
        lambda report: by_numpy({**report, "parts": {"val": next(iter(report["parts"].values()))}}),
        lambda report: by_numpy(report)[:2],
        lambda report: (by_column(report, "support"), *by_numpy(report)[1:]),
        lambda report: dict(zip("abc", by_numpy(report), strict=True)),
        lambda report: by_numpy({**report, "classes": sorted(report["classes"])}),
        lambda report: by_numpy({**report, "classes": report["classes"][::-1]}),
        lambda report: " ".join(by_numpy(report)),
    ]
}


def test_no_report_has_two_that_are_alike_and_some_tell_recall_from_precision():
    told_apart = 0
    for trial in range(8):
        (report,) = find(REPORT).arguments(trial)
        counts = off(np.array(val(report)["confusion"]))
        assert (counts == counts.max()).sum() == 1
        recalls = sorted(row["recall"] for row in val(report)["per_class"].values())
        assert recalls[0] < recalls[1]
        told_apart += by_column(report, "recall") != by_column(report, "precision")
    assert told_apart
