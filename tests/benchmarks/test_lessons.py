import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output


@pytest.fixture(scope="module")
def benchmark(script):
    return script("lessons")


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def write(name, source="1", **budget):
        output = new_output("execute_result", {"text/plain": "1"}, execution_count=1)
        cell = new_code_cell(source, outputs=[output], execution_count=1, metadata={"tags": ["exact"]})
        path = tmp_path / f"{name}.ipynb"
        metadata = {"vislearn": {"budget": budget}} if budget else {}
        nbformat.write(new_notebook(cells=[cell], metadata=metadata), path)
        return path

    return write


def test_serial_and_parallel_time_are_told_and_written(benchmark, notebook, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert benchmark.main([str(notebook("a")), str(notebook("b")), "--json", str(file)]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert (record["runs"], record["failed_runs"], record["over_budget"]) == (2, 0, [])
    assert record["serial_s"] > 0
    assert record["speedup"] == pytest.approx(record["serial_s"] / record["parallel_s"], abs=0.01)
    for run in record["details"]:
        assert sorted(Path(usage["notebook"]).name for usage in run["usages"]) == ["a.ipynb", "b.ipynb"]
        assert all(usage["seconds"] > 0 for usage in run["usages"])
    table = capsys.readouterr().out
    assert "a.ipynb" in table
    assert f"2 side by side {record['parallel_s']:.1f} s" in table


def test_a_lesson_over_its_budget_by_half_fails_here_though_its_cells_pass(
    benchmark, notebook, capsys, monkeypatch
):
    path = notebook("a", memory_mb=1)
    alone = benchmark.run_series([path], 1)  # side by side it would take as much
    monkeypatch.setattr(benchmark, "run_series", lambda _notebooks, count: replace(alone, workers=count))
    assert benchmark.main([str(path)]) == 1
    told = capsys.readouterr().out
    assert "0 of 2 runs failed" in told
    assert "over budget by half: " in told
    assert "MB of 1\n" in told


def test_a_cell_that_fails_is_a_failed_run(benchmark, notebook, capsys):
    run = benchmark.run_series([notebook("a", "2")], 1)
    assert not run.passed
    assert "the text is not the stored one" in capsys.readouterr().err


@pytest.fixture
def made(benchmark, monkeypatch):
    """How many notebooks at a time, for each run that was made; nothing is really run."""
    workers = []

    def run_series(_notebooks, count):
        workers.append(count)
        return benchmark.Run(count, 1.0, True, [], benchmark._machine())

    monkeypatch.setattr(benchmark, "run_series", run_series)
    return workers


def test_runs_that_were_written_down_are_not_made_again(benchmark, notebook, made, tmp_path):
    file = tmp_path / "figures.json"
    arguments = [str(notebook("a")), "--json", str(file), "--repeats"]
    assert benchmark.main([*arguments, "1"]) == benchmark.main([*arguments, "2"]) == 0
    assert made == [1, 2, 2]
    assert json.loads(file.read_text(encoding="utf-8"))["runs_in_a_row"] == 3
    notebook("a", " 1")  # the same answer from another cell: another notebook
    assert benchmark.main([*arguments, "1"]) == 0
    assert made == [1, 2, 2, 1, 2]
    assert json.loads(file.read_text(encoding="utf-8"))["runs_in_a_row"] == 2


def test_runs_in_a_row_are_counted_back_from_the_last_to_the_last_failure(benchmark):
    def run(passed):
        return benchmark.Run(2, 1.0, passed, [], {})

    runs = [run(passed) for passed in (True, True, False, True)]
    record = benchmark._record(runs, "", 2)
    assert (record["runs"], record["failed_runs"], record["runs_in_a_row"]) == (4, 1, 1)
    assert benchmark._record([], "", 2)["runs_in_a_row"] == 0


def test_each_run_is_written_before_the_next_begins(benchmark, notebook, made, tmp_path, monkeypatch):
    file, found = tmp_path / "figures.json", []
    really = benchmark.run_series

    def look_then_run(*given):
        found.append(json.loads(file.read_text(encoding="utf-8"))["runs"] if file.exists() else 0)
        return really(*given)

    monkeypatch.setattr(benchmark, "run_series", look_then_run)
    benchmark.main([str(notebook("a")), "--json", str(file), "--repeats", "2"])
    assert found == [0, 1, 2]
