from dataclasses import dataclass

import pytest
import torch

from benchmarks.runs import answered, by_way, options_of_ways, span


@dataclass(frozen=True)
class Run:
    way: str
    setting: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def question(self):
        return self.way, self.setting


def test_only_what_is_not_known_is_run_and_each_run_is_written_at_once():
    known, written, threads = {("a", 0): Run("a", seconds=1)}, [], torch.get_num_threads()
    made = answered(
        [Run("a"), Run("b")],
        known,
        lambda run: Run(run.way, seconds=torch.get_num_threads()),
        written.append,
        threads=1,
    )
    assert made == [Run("a", seconds=1), Run("b", seconds=1)]
    assert [len(runs) for runs in written] == [1, 2]
    assert torch.get_num_threads() == threads


def test_threads_are_put_back_when_a_run_fails():
    threads = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError):
        answered([Run("a")], {}, lambda run: 1 / 0, print, threads=threads + 1)
    assert torch.get_num_threads() == threads


def test_runs_of_one_way_stand_together_by_setting():
    runs = [Run("a", 0, 1, 2), Run("b", 0, 5, 5), Run("a", 0, 3, 4), Run("a", 1, 9, 9)]
    lines = [(way, len(members), clock, cpu) for way, members, clock, cpu in by_way(runs)]
    assert lines == [("a", 2, 2, 3), ("b", 1, 5, 5), ("a", 1, 9, 9)]


def test_mean_and_range():
    assert span(iter([0.25, 0.75])) == "0.500 (0.250…0.750)"


def test_ways_are_those_of_the_table():
    parser = options_of_ways("One.\nTwo.", {"a": 1, "b": 2}, (0, 1), None)
    options = parser.parse_args(["--ways", "b"])
    assert (options.ways, options.seeds, options.epochs, options.json) == (["b"], (0, 1), None, None)
    with pytest.raises(SystemExit):
        parser.parse_args(["--ways", "c"])
