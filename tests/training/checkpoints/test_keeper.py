"""What fit does with a checkpoint; test_killed.py does the same with real kills."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

from vislearn.errors import FileError, InputError, MissingError
from vislearn.seeding import seed_everything
from vislearn.training import ClassificationTask, fit, load_model
from vislearn.training.checkpoints import keeper
from vislearn.transforms import eval_transform

CPU = torch.device("cpu")


class Interrupted(Exception):
    pass


class Stops(ClassificationTask):
    """Breaks off before a batch."""

    def __init__(self, before=None):
        super().__init__()
        self.left = before

    def loss(self, model, batch):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Interrupted
        return super().loss(model, batch)


class Augmented:
    """A loader of one's own: an order from its generator, noise from everybody's chance."""

    def __init__(self, data, generator):
        self.data, self.generator = data, generator

    def __len__(self):
        return 5

    def __iter__(self):
        for batch in torch.randperm(20, generator=self.generator).split(4):
            images, labels = self.data[batch]
            yield images + 0.1 * torch.rand(1), labels


def data():
    chance = torch.Generator().manual_seed(0)
    return TensorDataset(torch.randn(20, 3, generator=chance), torch.arange(20) % 2)


LOADERS = {
    "own order": lambda generator: DataLoader(data(), 4, shuffle=True, generator=generator),
    "everybody's chance": lambda _generator: DataLoader(data(), 4, shuffle=True),
    "two workers": lambda generator: DataLoader(data(), 4, shuffle=True, generator=generator, num_workers=2),
    "no DataLoader": lambda generator: Augmented(data(), generator),
    "a list": lambda _generator: list(DataLoader(data(), 4)),
}


def train(path=None, stop=None, *, loader="own order", epochs=3, optimizer=None, scheduler=None, **how):
    generator = seed_everything(1)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 2))
    optimizer = (optimizer or (lambda p: torch.optim.AdamW(p, lr=0.05)))(model.parameters())
    history = fit(
        model,
        Stops(stop),
        LOADERS[loader](generator),
        epochs=epochs,
        optimizer=optimizer,
        scheduler=scheduler and scheduler(optimizer),
        val_loader=DataLoader(data(), 20),
        device=CPU,
        checkpoint=path,
        **how,
    )
    return model, history


def assert_same(first, second):
    (model, history), (other, rows) = first, second
    assert all(torch.equal(kept, other.state_dict()[name]) for name, kept in model.state_dict().items())
    assert [{**row, "seconds": 0} for row in history.rows] == [{**row, "seconds": 0} for row in rows.rows]
    assert history.best_epoch == rows.best_epoch


def interrupt(path, stop, **how):
    with pytest.raises(Interrupted):
        train(path, stop, **how)
    return train(path, **how)


@pytest.mark.parametrize("stop", [1, 2, 5, 7, 10, 14])
def test_wherever_it_breaks_off_it_ends_as_if_it_had_not(tmp_path, stop):
    assert_same(interrupt(tmp_path / "run.pt", stop, checkpoint_every=2), train())


@pytest.mark.parametrize("loader", LOADERS)
def test_whatever_the_batches_come_from(tmp_path, loader):
    again = interrupt(tmp_path / "run.pt", 8, loader=loader, checkpoint_every=1)
    assert_same(again, train(loader=loader))


@pytest.mark.parametrize(
    "how",
    {
        "accumulate and clip": {"accumulate": 2, "clip_norm": 0.1},
        "bf16": {"amp": "bf16"},
        "channels last": {"channels_last": True},
        "patience": {"patience": 1, "monitor": "val_accuracy", "epochs": 6},
        "momentum": {"optimizer": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)},
        "RMSprop": {"optimizer": lambda p: torch.optim.RMSprop(p, lr=0.01)},
        "OneCycle": {"scheduler": lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=15)},
        "Step": {"scheduler": lambda o: lr_scheduler.StepLR(o, 1, 0.5), "scheduler_step": "epoch"},
        "Cosine": {"scheduler": lambda o: lr_scheduler.CosineAnnealingLR(o, 3), "scheduler_step": "epoch"},
        "MultiStep": {"scheduler": lambda o: lr_scheduler.MultiStepLR(o, [3, 9])},
        "Plateau": {"scheduler": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=0, factor=0.5)},
        "Lambda": {"scheduler": lambda o: lr_scheduler.LambdaLR(o, lambda step: 0.9**step)},
        "Sequential": {
            "scheduler": lambda o: lr_scheduler.SequentialLR(
                o, [lr_scheduler.LinearLR(o), lr_scheduler.ExponentialLR(o, 0.9)], [4]
            )
        },
    }.items(),
    ids=lambda entry: entry[0],
)
def test_whatever_the_settings(tmp_path, how):
    _name, how = how
    assert_same(interrupt(tmp_path / "run.pt", 4, checkpoint_every=3, **how), train(**how))


def test_an_epoch_whose_batches_were_all_learned_is_still_judged_and_scheduled(tmp_path, monkeypatch):
    how = {"scheduler": lambda o: lr_scheduler.StepLR(o, 1, 0.5), "scheduler_step": "epoch"}

    def breaks(*_arguments):
        raise Interrupted

    with monkeypatch.context() as broken:
        broken.setattr(Stops, "evaluate", breaks)
        with pytest.raises(Interrupted):
            train(tmp_path / "run.pt", checkpoint_every=5, **how)
    assert_same(train(tmp_path / "run.pt", checkpoint_every=5, **how), train(**how))


def test_a_finished_training_is_only_read_and_a_longer_one_goes_on(tmp_path):
    first = train(tmp_path / "run.pt")
    assert_same(train(tmp_path / "run.pt", stop=0), first)
    assert_same(train(tmp_path / "run.pt", epochs=5), train(epochs=5))


def test_chance_used_up_after_resuming_changes_nothing(tmp_path):
    with pytest.raises(Interrupted):
        train(tmp_path / "run.pt", 7)
    seen = []

    def draw_once(_history):
        if not seen:
            seen.append(torch.rand(1))

    assert_same(train(tmp_path / "run.pt", on_epoch=draw_once), train())
    assert seen


def test_what_was_done_before_is_told_once(tmp_path):
    with pytest.raises(Interrupted):
        train(tmp_path / "run.pt", 12)
    seen = []
    train(tmp_path / "run.pt", on_epoch=lambda history: seen.append(len(history)))
    assert seen == [2, 3]


def test_resume_false_begins_anew_and_true_wants_a_file(tmp_path):
    with pytest.raises(MissingError, match="There is no checkpoint"):
        train(tmp_path / "run.pt", resume=True)
    train(tmp_path / "run.pt", epochs=1)
    with pytest.raises(Interrupted):
        train(tmp_path / "run.pt", stop=0, epochs=1, resume=False)
    _, history = train(tmp_path / "run.pt", resume=True)
    assert len(history) == 3


def test_another_training_does_not_go_on_from_this_file(tmp_path):
    train(tmp_path / "run.pt", epochs=1)
    with pytest.raises(FileError, match=r"belongs to another training \(accumulate: 1 there, 2 here\)"):
        train(tmp_path / "run.pt", accumulate=2)


@pytest.mark.parametrize(
    ("name", "how", "message"),
    [
        ("run.pt", {"checkpoint_every": 0}, "checkpoint_every must be at least 1 batch"),
        (None, {"checkpoint_every": 3}, "and needs checkpoint=PATH"),
        ("run.pt", {"resume": "no"}, "resume must be 'auto', True or False"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path, name, how, message):
    with pytest.raises(InputError, match=message):
        train(name and tmp_path / name, **how)


def test_the_best_epochs_model_lies_beside_it_ready_for_use(tmp_path):
    pictures = data()
    pictures.classes = ["cat", "dog"]
    judged = data()
    judged.transform = eval_transform(8)
    generator = seed_everything(4)
    model = nn.Linear(3, 2)
    history = fit(
        model,
        ClassificationTask(),
        DataLoader(pictures, 4, generator=generator),
        epochs=4,
        device=CPU,
        optimizer=torch.optim.SGD(model.parameters(), lr=5.0),
        val_loader=DataLoader(judged, 20),
        patience=4,
        checkpoint=tmp_path / "run.pt",
    )
    saved = load_model(tmp_path / "run.best.pt", nn.Linear(3, 2))
    assert torch.equal(saved.model.weight, model.weight)  # patience gave the best weights back
    assert (saved.classes, saved.seed) == (["cat", "dog"], 4)
    assert repr(saved.transform.transforms[1]) == repr(eval_transform(8).transforms[1])
    assert saved.scores == history.rows[history.best_epoch]


def test_seconds_of_an_epoch_are_those_of_all_processes_that_worked_on_it(monkeypatch):
    kept = object.__new__(keeper.Keeper)
    kept._spent, kept._began = 7.0, 100.0
    monkeypatch.setattr(keeper, "time", SimpleNamespace(perf_counter=lambda: 130.0))
    assert kept.seconds == 37.0


def test_an_epoch_that_goes_on_took_longer_than_what_was_kept_of_it(tmp_path, monkeypatch):
    now = iter(range(1_000_000))
    monkeypatch.setattr(keeper, "time", SimpleNamespace(perf_counter=lambda: float(next(now))))
    _model, history = interrupt(tmp_path / "run.pt", 7, checkpoint_every=1)
    assert len(history.rows) == 3
    assert 0 < history.rows[0]["seconds"] <= history.rows[1]["seconds"]  # the second broke off and went on
    assert all(row["seconds"] > 0 for row in history.rows)
    assert sum(row["seconds"] for row in history.rows) < next(now)
