import math

import pytest
import torch

from vislearn.errors import InputError
from vislearn.training.losses import Losses, NonFiniteLoss


def test_no_losses_have_no_mean():
    with pytest.raises(InputError, match="train_loader must yield at least one batch"):
        Losses().mean()


def test_the_mean_is_over_pictures_not_over_batches():
    losses = Losses()
    for value, pictures in ((1.0, 4), (2.0, 4), (6.0, 1)):
        losses.add(torch.tensor(value, requires_grad=True), None, pictures)
    assert losses.settle() == [1, 2, 6]
    assert losses.mean() == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_first_loss_that_is_no_number_stops_with_all_that_is_known(value):
    losses = Losses()
    losses.add(torch.tensor(7.0), "first batch", 1)
    with pytest.raises(NonFiniteLoss) as caught:
        losses.add(torch.tensor(value), "second batch", 1)
    assert (caught.value.batch, caught.value.number, caught.value.before) == ("second batch", 1, 7)
