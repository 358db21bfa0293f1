import os
import threading

import pytest

from vislearn.datasets.parallel import default_threads, each, pool


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
