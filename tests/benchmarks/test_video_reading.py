import json

import pytest


@pytest.fixture(scope="module")
def benchmark(script):
    return script("video_reading")


def test_a_small_run_prints_a_table_and_writes_every_figure(benchmark, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert benchmark.main(["--repeats", "1", "--frames", "12", "--json", str(file)]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    seeks = {row["case"]: row["count"] for row in record["rows"] if row["count"]}
    assert list(seeks) == [f"12 seeks, keys {distance} apart" for distance in benchmark.DISTANCES]
    assert seeks["12 seeks, keys 1 apart"] == 12
    assert seeks["12 seeks, keys 12 apart"] == seeks["12 seeks, keys 250 apart"] > 12
    assert "12 frames in order" in capsys.readouterr().out


def test_all_see_the_same_frames(benchmark, tmp_path):
    path = benchmark.written(tmp_path / "a.mp4", 30, 12)
    assert {run() for run in benchmark.readers(path).values()} == {30}
    moments = [0.0, 0.3, 0.71, 1.2]
    ways = benchmark.seekers(path, moments)
    assert ways[benchmark.PYAV]() == pytest.approx(ways[benchmark.VISLEARN]())


def test_torchcodec_takes_part_where_it_and_its_ffmpeg_are(benchmark, tmp_path, torchcodec):
    path, moments = benchmark.written(tmp_path / "a.mp4", 12, 12), [0.0, 0.3]
    assert benchmark.readers(path)[benchmark.TORCHCODEC]() == 12
    shown = benchmark.seekers(path, moments)[benchmark.TORCHCODEC]()
    assert [frame.pts_seconds for frame in shown] == benchmark.seekers(path, moments)[benchmark.VISLEARN]()
    torchcodec.fails(RuntimeError("Could not load libtorchcodec"))
    assert benchmark.TORCHCODEC not in benchmark.readers(path) | benchmark.seekers(path, moments)
