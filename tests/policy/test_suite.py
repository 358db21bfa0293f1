"""The suite itself: how its workers share a machine."""

import os

import torch


def test_workers_share_the_cores_and_their_threads_do_not_spin_for_long():
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    assert torch.get_num_threads() * workers <= max(os.cpu_count(), workers)
    assert int(os.environ["GOMP_SPINCOUNT"]) <= 1000
