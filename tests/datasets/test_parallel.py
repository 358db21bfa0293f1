import os
import threading

import pytest

from vislearn.datasets.parallel import Crew, default_threads, each, pool


@pytest.mark.parametrize(("count", "threads"), [(0, 2), (1, 2), (5, 1), (50, 3)])
def test_each_is_called_once(count, threads):
    seen = []
    each(seen.append, count, threads)
    assert sorted(seen) == list(range(count))


def test_this_thread_works_too_and_alone_where_one_is_enough():
    here, seen = threading.get_ident(), []
    each(lambda _index: seen.append(threading.get_ident()), 4, 1)
    assert set(seen) == {here}
    both = threading.Barrier(2, timeout=30)  # only two threads at once get past it

    def meet(_index):
        both.wait()
        seen.append(threading.get_ident())

    each(meet, 2, 2)
    assert set(seen[4:]) > {here}


@pytest.mark.parametrize("threads", [1, 2])
def test_the_error_of_the_lowest_number_is_raised(threads):
    both = threading.Barrier(threads, timeout=30)

    def work(index):
        if index >= 2:
            both.wait()
            raise ValueError(index)

    with pytest.raises(ValueError, match="2"):
        each(work, 6, threads)


def test_a_job_is_begun_before_anybody_waits_for_it():
    begun = threading.Event()
    crew = Crew(2)
    job = crew.begin(lambda _index: begun.set(), 2)
    assert begun.wait(60)
    crew.finish(job)
    assert job.done == 2


def test_whoever_waits_for_the_last_piece_of_a_job_goes_on_to_the_next():
    held, here = threading.Event(), threading.get_ident()
    crew, by = Crew(2), {}
    began = threading.Event()

    def first(index):
        began.set()
        assert held.wait(60)

    slow = crew.begin(first, 2)
    assert began.wait(60)  # a helper is at it
    slow.taken = 2  # ... and the other piece is done
    slow.done = 1

    def second(index):
        by[index] = threading.get_ident()
        held.set()

    following = crew.begin(second, 3)
    crew.finish(slow)
    assert here in by.values()
    crew.finish(following)
    assert sorted(by) == [0, 1, 2]


def test_helpers_end_with_the_work_and_come_again():
    crew = Crew(2)
    for _turn in range(20):
        both = threading.Barrier(2, timeout=60)  # not passed by one thread alone
        crew.finish(crew.begin(lambda _index, both=both: both.wait(), 2))


def test_one_pool_for_all_and_another_for_a_forked_child(monkeypatch):
    assert pool(2) is pool(2)
    assert pool(2) is not pool(3)
    before = pool(2)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert pool(2) is not before


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (4, 4), (64, 8), (None, 1)])
def test_one_thread_for_each_core_but_eight_at_most(monkeypatch, cores, threads):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert default_threads() == threads
