import json

import numpy as np
import pytest


@pytest.fixture(scope="module")
def benchmark(script):
    return script("decoding")


def test_a_small_run_prints_a_table_and_writes_every_figure(benchmark, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert benchmark.main(["--repeats", "1", "--side", "64", "--json", str(file)]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert {"cpus", "torch", "torchvision", "pillow", "simplejpeg"} <= set(record["machine"])
    names = [row["name"] for row in record["rows"]]
    assert {"Pillow", "Pillow, draft", "simplejpeg", "torchvision.io", "Pillow, PNG"} <= set(names)
    printed = capsys.readouterr().out
    assert all(name in printed for name in names)


def test_a_decoder_that_shows_another_picture_is_not_timed(benchmark):
    data = benchmark._saved(benchmark.photograph(64), "JPEG")
    contenders = benchmark.full_size(data)
    benchmark.require_alike(contenders)
    contenders["wrong"] = lambda: 255 - np.asarray(contenders["Pillow"]())
    with pytest.raises(AssertionError, match="wrong is"):
        benchmark.require_alike(contenders)
