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


@pytest.mark.parametrize("job", [lambda m, t, o: fit(m, t, [], epochs=1, optimizer=o, device=CPU),
                                 lambda m, t, o: evaluate(m, t, [], device=CPU)])  # fmt: skip
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
