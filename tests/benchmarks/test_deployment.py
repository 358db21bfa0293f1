import json

import numpy as np

WAYS = ["eager", "channels_last", "bf16", "bf16, channels_last", "onnxruntime fp32", "onnxruntime int8"]


def test_every_way_gives_eager_s_answers_in_one_table(script, folder, tmp_path, capsys):
    benchmark = script("deployment")
    file = tmp_path / "figures.json"
    words = ["--repeats", "1", "--epochs", "2", "--mode", "frozen", "--no-compile"]
    assert benchmark.main([*words, "--data_root", str(folder), "--json", str(file)]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert record["pictures"] == 12
    assert [(row["case"], row["name"]) for row in record["rows"]] == [
        (f"batch of {size}", name) for size in (1, 32) for name in WAYS
    ]
    for row in record["rows"]:
        assert row["ms"] > 0
        assert row["like_eager"] >= 0.75
        if row["name"] in {"eager", "channels_last", "onnxruntime fp32"}:
            assert row["like_eager"] == 1
    sizes = {row["name"]: row["megabytes"] for row in record["rows"]}
    assert sizes["onnxruntime int8"] < sizes["onnxruntime fp32"] / 3
    printed = capsys.readouterr().out
    assert all(name in printed for name in WAYS)


def test_what_fails_is_left_out_and_named(script, capsys):
    benchmark = script("deployment")

    def fails(_):
        raise RuntimeError("no compiler")

    pixels = np.zeros((2, 3, 4, 4), np.uint8)
    ways = {"eager": lambda each: np.ones((len(each), 2)), "compiled": fails}
    assert list(benchmark._working(ways, pixels)) == ["eager"]
    assert "compiled is left out: no compiler" in capsys.readouterr().out


def test_accuracy_is_counted_over_all_pictures_whatever_the_batch(script):
    benchmark = script("deployment")
    pixels = np.zeros((70, 3, 1, 1), np.uint8)
    truth = np.arange(70) % 2
    pixels[:, 0, 0, 0] = truth
    right = lambda each: np.eye(2)[each[:, 0, 0, 0]]  # noqa: E731
    first = lambda each: np.eye(2)[np.zeros(len(each), int)]  # noqa: E731
    rows = benchmark._measured(
        {"eager": right, "bf16": first}, pixels, truth, {"eager": 1.0, "bf16": 1.0}, repeats=1
    )
    assert {(row.name, row.accuracy, row.like_eager) for row in rows} == {("eager", 1, 1), ("bf16", 0.5, 0.5)}
