import math

import pytest
import torch
from torch import nn

from vislearn.errors import InputError, VislearnError
from vislearn.training import ClassificationTask, evaluate, fit

CPU = torch.device("cpu")


@pytest.fixture
def points():
    """Two clouds that a line can separate, as two batches."""
    chance = torch.Generator().manual_seed(0)
    target = torch.arange(32) % 2
    images = torch.randn(32, 2, generator=chance) + 4 * target[:, None]
    return [(images[:16], target[:16]), (images[16:], target[16:])]


def train(points, **more):
    torch.manual_seed(0)
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return model, fit(model, ClassificationTask(), points, epochs=20, optimizer=optimizer, device=CPU, **more)


def test_what_can_be_learned_is_learned_and_written_down(points):
    model, history = train(points, val_loader=points)
    assert len(history.rows) == 20
    assert history["train_loss"][-1] < history["train_loss"][0] / 2
    assert history["val_accuracy"][-1] > 0.9
    assert not model.training


def test_it_is_the_loop_one_would_write_by_hand(points):
    model, _ = train(points)
    torch.manual_seed(0)
    own = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(own.parameters(), lr=0.1)
    for _ in range(20):
        for images, target in points:
            optimizer.zero_grad()
            nn.functional.cross_entropy(own(images), target).backward()
            optimizer.step()
    assert torch.equal(model.weight, own.weight)


def test_the_loss_of_an_epoch_is_the_mean_over_its_pictures():
    """Nine pictures in batches of eight: a mean of the two batches' means would be 7.90."""

    class Known(ClassificationTask):
        def loss(self, model, batch):
            return super().loss(model, batch) * 0 + batch[0].mean()

    images = torch.tensor([[1.19, 1.19]] * 8 + [[14.61, 14.61]])
    batches = list(zip(images.split(8), torch.zeros(9, dtype=torch.int64).split(8), strict=True))
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, Known(), batches, epochs=1, optimizer=optimizer, device=CPU)
    assert history["train_loss"] == [pytest.approx(2.68, abs=0.005)]


class Unlearning:
    """Its training loss falls and its score too: .7, .4, .1."""

    def __init__(self):
        self.scores = iter((0.7, 0.4, 0.1))

    def loss(self, model, batch):
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    def evaluate(self, model, loader):
        return {"map": next(self.scores), "map50": 0.5}


@pytest.mark.parametrize("judged_by", ["map", None])
def test_the_best_epoch_is_the_one_of_the_best_score_not_of_the_lowest_training_loss(points, judged_by):
    task, model = Unlearning(), nn.Linear(2, 2)
    if judged_by:
        task.judged_by = judged_by
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, task, points, epochs=3, optimizer=optimizer, device=CPU, val_loader=points)
    assert history["train_loss"][2] < history["train_loss"][0]
    assert history.best_epoch == 0


def test_a_plateau_that_waits_for_the_wrong_direction_is_refused_before_training(points):
    task, model, seen = Unlearning(), nn.Linear(2, 2), []
    task.judged_by, task.loss = "map", lambda *batch: seen.append(batch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.raises(
        InputError, match="must have mode='max': epochs are judged by val_map, got mode='min'"
    ):
        fit(model, task, points, epochs=1, optimizer=optimizer, scheduler=scheduler, val_loader=points)
    assert seen == []


def test_the_scheduler_steps_once_per_batch(points):
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))
    fit(model, ClassificationTask(), points, epochs=3, optimizer=optimizer, scheduler=scheduler, device=CPU)
    assert scheduler.last_epoch == 3 * len(points)


def test_validation_teaches_nothing(points):
    plain, _ = train(points)
    judged, _ = train(points, val_loader=points)
    assert torch.equal(plain.weight, judged.weight)


def test_evaluate_leaves_dropout_out(points):
    model = nn.Sequential(nn.Dropout(0.9), nn.Linear(2, 2)).train()
    task = ClassificationTask()
    assert evaluate(model, task, points, device=CPU) == evaluate(model, task, points, device=CPU)


@pytest.mark.parametrize(
    "job",
    [
        lambda m, t, o: fit(m, t, [], epochs=1, optimizer=o, device=CPU),
        lambda m, t, o: evaluate(m, t, [], device=CPU),
    ],
)
def test_an_empty_loader_is_an_error(job):
    model = nn.Linear(2, 2)
    with pytest.raises(InputError, match="must yield at least one batch"):
        job(model, ClassificationTask(), torch.optim.SGD(model.parameters(), lr=0.1))


def test_a_loss_that_explodes_stops_with_advice():
    model = nn.Linear(2, 2)
    batch = (torch.full((1, 2), math.inf), torch.tensor([0]))
    with pytest.raises(VislearnError, match=r"epoch 1, batch 1 .* batch itself holds inf \(sample 0\)"):
        fit(
            model,
            ClassificationTask(),
            [batch],
            epochs=1,
            optimizer=torch.optim.SGD(model.parameters()),
            device=CPU,
        )


def test_every_option_at_once_still_learns(points):
    images = [(batch[:, :, None, None].expand(-1, -1, 4, 4), target) for batch, target in points]
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    seen = []
    history = fit(
        model,
        ClassificationTask(label_smoothing=0.1),
        images,
        epochs=20,
        optimizer=optimizer,
        device=CPU,
        scheduler=torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max"),
        val_loader=images,
        amp="bf16",
        clip_norm=1.0,
        accumulate=2,
        channels_last=True,
        patience=5,
        monitor="val_accuracy",
        on_epoch=lambda so_far: seen.append(len(so_far)),
        progress=False,
    )
    assert history["val_accuracy"][history.best_epoch] > 0.9
    assert seen == list(range(1, len(history) + 1))
    assert len(history) == history.best_epoch + 1 + 5  # patience ran out
    assert evaluate(model, ClassificationTask(), images, device=CPU, amp="bf16")["accuracy"] > 0.9
    assert model[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert model[0].weight.dtype == torch.float32


def test_sixteen_bits_are_used_in_training_and_in_judging(points):
    seen = []

    class Spy(ClassificationTask):
        def loss(self, model, batch):
            seen.append(model(batch[0]).dtype)
            return super().loss(model, batch)

        def evaluate(self, model, loader):
            seen.append(model(points[0][0]).dtype)
            return super().evaluate(model, loader)

    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, Spy(), points, epochs=1, optimizer=optimizer, device=CPU, val_loader=points, amp="bf16")
    assert seen == [torch.bfloat16] * 3


def test_a_batch_may_be_lists_and_dicts():
    class Lists:
        def loss(self, model, batch):
            images, targets = batch
            return (model(torch.stack(images)) - targets[0]["value"]).square().mean()

        def evaluate(self, model, loader):
            return {"error": sum(self.loss(model, batch).item() for batch in loader)}

    model = nn.Linear(2, 1)
    batch = ([torch.ones(2), torch.zeros(2)], [{"value": torch.ones(1)}, {}])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, Lists(), [batch], epochs=20, optimizer=optimizer, device=CPU, val_loader=[batch])
    assert history["val_error"][-1] < history["val_error"][0]


def test_the_row_tells_the_rate_the_epoch_began_with_and_its_time(points):
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    history = fit(
        model,
        ClassificationTask(),
        points,
        epochs=3,
        optimizer=optimizer,
        scheduler=scheduler,
        scheduler_step="epoch",
        device=CPU,
    )
    assert history["learning_rate"] == [1, 0.5, 0.25]
    assert all(0 < seconds < 60 for seconds in history["seconds"])
    assert history.columns == ["train_loss", "learning_rate", "seconds"]


def test_patience_gives_the_best_weights_back(points):
    """Judged by the opposite of what it learns, the model gets worse from the first epoch on."""
    kept, opposite = [], [(images, 1 - target) for images, target in points]
    torch.manual_seed(0)
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(
        model,
        ClassificationTask(),
        points,
        epochs=30,
        optimizer=optimizer,
        val_loader=opposite,
        device=CPU,
        patience=2,
        on_epoch=lambda _: kept.append(model.weight.detach().clone()),
    )
    assert (history.best_epoch, len(history)) == (0, 3)
    assert torch.equal(model.weight, kept[0])
    assert not torch.equal(model.weight, kept[-1])


def test_a_model_that_does_not_fit_the_classes_is_refused_before_it_learns(points):
    data = torch.utils.data.TensorDataset(*points[0])
    data.classes = ["left", "right", "above"]
    model = nn.Linear(2, 2)
    before, optimizer = model.weight.detach().clone(), torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(InputError, match="one score for each of the 3 classes, got 2 scores"):
        fit(
            model,
            ClassificationTask(),
            torch.utils.data.DataLoader(data, 4),
            epochs=1,
            optimizer=optimizer,
            device=CPU,
        )
    assert torch.equal(model.weight, before)


def test_nothing_is_written_where_nobody_watches(points, capsys):
    train(points)
    assert capsys.readouterr() == ("", "")


def test_compiled_it_trains_the_same_model(points, monkeypatch):
    made = []
    monkeypatch.setattr(torch, "compile", lambda model: made.append(model) or model)
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, ClassificationTask(), points, epochs=1, optimizer=optimizer, device=CPU, compile=True)
    assert made == [model]
