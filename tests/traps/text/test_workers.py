"""Loader workers that are started where no guard stands, in other ways than the example."""

import pytest

_LOADER = "from torch.utils.data import DataLoader\n"

BROKEN = {
    "at the top": _LOADER
    + "loader = DataLoader(data, 8, num_workers=4)\nfor x, y in loader:\n    fit(x, y)\n",
    "enumerated, by a constant": _LOADER
    + "WORKERS = 2\ntrain = DataLoader(data, num_workers=WORKERS)\n"
    + "for number, (x, y) in enumerate(train):\n    print(number)\n",
    "in a function of the loader": "import torch.utils.data as D, os\n"
    "def epoch(batches):\n    for x, y in batches:\n        print(x)\n"
    "mine = D.DataLoader(data, num_workers=os.cpu_count())\nepoch(mine)\n",
    "in a dictionary": _LOADER
    + "loaders = {p: DataLoader(sets[p], num_workers=2) for p in ('train', 'val')}\n"
    + "for phase in ('train', 'val'):\n    for x, y in loaders[phase]:\n        print(x)\n",
    "the first batch": _LOADER + "loader = DataLoader(data, num_workers=1)\nx, y = next(iter(loader))\n",
    "with a bar": _LOADER
    + "from tqdm import tqdm\nloader = DataLoader(data, num_workers=3)\n"
    + "for x, y in tqdm(loader):\n    pass\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_found(name, found):
    assert found(BROKEN[name]) == ["no_main_guard"]
