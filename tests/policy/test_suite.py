"""The suite itself: how its workers share a machine."""

import os
import subprocess
import sys

import torch


def test_workers_share_the_cores_and_their_threads_do_not_spin_for_long():
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    assert torch.get_num_threads() * workers <= max(os.cpu_count(), workers)
    assert int(os.environ["GOMP_SPINCOUNT"]) <= 1000


def test_what_is_compiled_once_is_kept_for_the_programs_that_tests_start():
    code = "import sys; print(sys.dont_write_bytecode)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert (sys.dont_write_bytecode, told.stdout.split()) == (False, [b"False"])
