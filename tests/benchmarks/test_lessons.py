import json
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


def test_a_lesson_over_its_budget_by_half_fails_here_though_its_cells_pass(benchmark, notebook, capsys):
    assert benchmark.main([str(notebook("a", memory_mb=1))]) == 1
    told = capsys.readouterr().out
    assert "0 of 2 runs failed" in told
    assert "over budget by half: " in told
    assert "MB of 1\n" in told


def test_a_cell_that_fails_is_a_failed_run(benchmark, notebook, capsys):
    run = benchmark.run_series([notebook("a", "2")], 1)
    assert not run.passed
    assert "the text is not the stored one" in capsys.readouterr().err
