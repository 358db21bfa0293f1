"""Loader workers that are started where no guard stands, in other ways than the example."""

import pytest

_LOADER = "from torch.utils.data import DataLoader\n"
_OPTIONS = (
    "import argparse\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument({option})\nargs = parser.parse_args()\n"
)

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
    "in the head of a loop": _LOADER + "for x, y in DataLoader(data, num_workers=4):\n    print(x)\n",
    "in the head of a loop that counts": _LOADER
    + "for i, (x, y) in enumerate(DataLoader(data, num_workers=4)):\n    print(i)\n",
    "in the head of a function's loop": _LOADER
    + "def main():\n    for x, y in DataLoader(data, num_workers=4):\n        print(x)\nmain()\n",
    "by default": _OPTIONS.format(option='"-j", "--num-workers", type=int, default=4')
    + _LOADER
    + "for x in DataLoader(data, num_workers=args.num_workers):\n    print(x)\n",
    "by the default of another name": _OPTIONS.format(option='"--jobs", type=int, default=2, dest="workers"')
    + _LOADER
    + "def main(options):\n    loader = DataLoader(data, num_workers=options.workers)\n"
    + "    for x in loader:\n        print(x)\nmain(args)\n",
    "in a class of settings": _LOADER
    + "class Config:\n    workers = 4\n"
    + "for x in DataLoader(data, num_workers=Config.workers):\n    print(x)\n",
    "in an object of that class": _LOADER
    + "class Config:\n    workers: int = 4\ncfg = Config()\n"
    + "def main(_):\n    for x in DataLoader(data, num_workers=cfg.workers):\n        print(x)\nmain(1)\n",
    "among other words": _LOADER
    + "import os\nwords = dict(batch_size=4, num_workers=os.cpu_count())\n"
    + "loader = DataLoader(data, shuffle=True, **words)\nfor x in loader:\n    print(x)\n",
    "in a dictionary of settings": _LOADER
    + "cfg = {'workers': 2}\nfor x in DataLoader(data, num_workers=cfg['workers']):\n    print(x)\n",
    "in a namespace": _LOADER
    + "from types import SimpleNamespace\ncfg = SimpleNamespace(workers=2)\n"
    + "for x in DataLoader(data, num_workers=cfg.workers):\n    print(x)\n",
}
_WALKED = _LOADER + "for x in DataLoader(data, num_workers=args.workers):\n    print(x)\n"
RIGHT = {
    "a class of settings without workers": _LOADER
    + "class Config:\n    workers = 0\n"
    + "for x in DataLoader(data, num_workers=Config.workers):\n    print(x)\n",
    "settings changed afterwards": _LOADER
    + "class Config:\n    workers = 4\ncfg = Config()\ncfg.workers = 0\n"
    + "for x in DataLoader(data, num_workers=cfg.workers):\n    print(x)\n",
    "settings made with words": _LOADER
    + "class Config:\n    workers = 4\ncfg = Config(workers=0)\n"
    + "for x in DataLoader(data, num_workers=cfg.workers):\n    print(x)\n",
    "a dictionary changed afterwards": _LOADER
    + "cfg = {'workers': 2}\ncfg['workers'] = 0\n"
    + "for x in DataLoader(data, num_workers=cfg['workers']):\n    print(x)\n",
    "other words": _LOADER
    + "words = dict(batch_size=4)\nfor x in DataLoader(data, **words):\n    print(x)\n",
    "words from elsewhere": _LOADER + "for x in DataLoader(data, **words):\n    print(x)\n",
    "below a guard": _LOADER
    + "def main():\n    for x in DataLoader(data, num_workers=4):\n        print(x)\n"
    + "if __name__ == '__main__':\n    main()\n",
    "in a function that nobody calls": _LOADER
    + "def main():\n    for x in DataLoader(data, num_workers=4):\n        print(x)\n",
    "no workers in the head of a loop": _LOADER + "for x in DataLoader(data, num_workers=0):\n    print(x)\n",
    "none by default": _OPTIONS.format(option='"--workers", type=int, default=0') + _WALKED,
    "no default": _OPTIONS.format(option='"--workers", type=int') + _WALKED,
    "another option's default": _OPTIONS.format(option='"--epochs", type=int, default=4') + _WALKED,
    "default set elsewhere": _OPTIONS.format(option='"--workers", type=int, default=4')
    + "parser.set_defaults(workers=0)\n"
    + _WALKED,
    "changed afterwards": _OPTIONS.format(option='"--workers", type=int, default=4')
    + "args.workers = 0\n"
    + _WALKED,
    "given in the script": _OPTIONS.format(option='"--workers", type=int, default=4').replace(
        "parse_args()", "parse_args(['--workers', '0'])"
    )
    + _WALKED,
    "parsed by somebody else": _OPTIONS.format(option='"--workers", type=int, default=4')
    + "args = theirs(args)\n"
    + _WALKED,
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_found(name, found):
    assert found(BROKEN[name]) == ["no_main_guard"]


@pytest.mark.parametrize("name", RIGHT)
def test_right_ones_are_passed_over_in_silence(name, found):
    assert found(RIGHT[name]) == []
