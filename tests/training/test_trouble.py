import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from vislearn.errors import InputError, VislearnError
from vislearn.training import ClassificationTask
from vislearn.training.losses import NonFiniteLoss
from vislearn.training.trouble import explained, first_answer_checked

GOOD = (torch.ones(3, 2), torch.tensor([0, 1, 0]))


def message_for(trouble, task=None, batch=GOOD, rate=0.1):
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=rate)
    place = SimpleNamespace(epoch=1, current=batch)
    with pytest.raises(VislearnError) as caught, explained(task, optimizer, place):
        raise trouble
    return str(caught.value)


def test_bad_input_is_named_with_its_sample():
    images = torch.ones(3, 2)
    images[1, 0] = math.nan
    said = message_for(NonFiniteLoss(math.nan, (images, GOOD[1]), 4, 0.5))
    assert said.startswith(
        "The loss became nan in epoch 2, batch 5 (counted from 1). The batch itself holds nan"
    )
    assert "(sample 1)" in said


def test_a_list_of_pictures_is_looked_through_too():
    images = [torch.ones(3, 2, 2), torch.full((3, 2, 2), math.inf)]
    assert "holds inf" in message_for(NonFiniteLoss(math.nan, (images, [{}, {}]), 0, None))


def test_good_input_points_to_the_learning_rate():
    said = message_for(NonFiniteLoss(math.inf, GOOD, 0, 3e9), rate=20)
    assert "It was 3e+09 one batch before. Lower the learning rate (20), or pass clip_norm=1.0." in said
    assert "one batch before" not in message_for(NonFiniteLoss(math.inf, GOOD, 0, None))


def test_a_task_may_know_better():
    task = SimpleNamespace(complaint=lambda batch: "The boxes are empty.")
    assert message_for(NonFiniteLoss(math.nan, GOOD, 0, None), task).endswith("The boxes are empty.")


@pytest.mark.parametrize(
    "trouble",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        MemoryError("no"),
    ],
)
def test_full_memory_names_the_batch_size_and_a_way_out(trouble):
    said = message_for(trouble, batch=(torch.ones(8, 2), torch.ones(8)))
    assert "full with 8 pictures per batch. Give the loader batch_size=4 and pass accumulate=2" in said


def test_any_other_error_stays_what_it_is():
    with pytest.raises(RuntimeError, match="something else"), explained(None, None, None):
        raise RuntimeError("something else")


@pytest.mark.parametrize("scores", [2, 4])
def test_a_head_of_another_size_is_named_at_its_first_answer(scores):
    model = nn.Linear(2, scores)
    with (
        pytest.raises(
            InputError, match=rf"each of the 3 classes, got {scores} scores. .*replace_head\(model, 3\)"
        ),
        first_answer_checked(model, ClassificationTask(), ["a", "b", "c"]),
    ):
        model(GOOD[0])
    model(GOOD[0])


@pytest.mark.parametrize(("task", "names"), [(ClassificationTask(), None), (object(), ["a"])])
def test_where_nothing_is_known_nothing_is_checked(task, names):
    model = nn.Linear(2, 5)
    with first_answer_checked(model, task, names):
        assert model(GOOD[0]).shape == (3, 5)


def test_a_model_that_was_never_called_is_left_as_it_was():
    model = nn.Linear(2, 5)
    with first_answer_checked(model, ClassificationTask(), ["a"]):
        pass
    assert model(GOOD[0]).shape == (3, 5)
