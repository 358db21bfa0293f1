"""What workers do to four sources of chance."""

import torch
from torch.utils.data import DataLoader

from vislearn import traps


def test_the_loader_seeds_what_is_global_and_copies_what_is_the_data_sets_own():
    torch.manual_seed(0)
    loader = DataLoader(traps.Draws(), batch_size=None, num_workers=2, timeout=300)  # a fork has hung once
    items = list(loader)
    different = {source: len({item[source] for item in items}) for source in items[0]}
    assert different == {"random": 8, "numpy": 8, "torch": 8, "own generator": 4}


def test_one_process_draws_eight_numbers_from_each():
    items = [traps.Draws()[index] for index in range(8)]
    assert len({item["torch"] for item in items}) == 8
    whole = traps.Draws()
    assert len({whole[index]["own generator"] for index in range(8)}) == 8
