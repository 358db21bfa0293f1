import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import default_collate

from vislearn.datasets.gathered import gathered

PIXELS = np.arange(4 * 3 * 2 * 2, dtype=np.uint8).reshape(4, 3, 2, 2)
LABELS = [1, 0, 1, 2]


@pytest.fixture
def samples():
    return gathered(torch.from_numpy(PIXELS.copy()), LABELS)


def test_they_are_samples_like_any_others(samples):
    assert len(samples) == 4
    for place, sample in enumerate(samples):
        image, label = sample
        assert isinstance(sample, tuple)
        assert (image.tolist(), label) == (PIXELS[place].tolist(), LABELS[place])


def test_whole_and_in_order_they_are_the_batch_itself(samples):
    images, labels = default_collate(samples)
    assert images.data_ptr() == samples[0][0].data_ptr()
    assert images.tolist() == PIXELS.tolist()
    assert (labels.dtype, labels.tolist()) == (torch.int64, LABELS)


@pytest.mark.parametrize("chosen", [[0, 1, 2], [1, 2, 3], [3, 2, 1, 0], [0, 0, 2, 3], [2]])
def test_else_what_anybody_made_of_them_counts(samples, chosen):
    images, labels = default_collate([samples[at] for at in chosen])
    assert images.tolist() == PIXELS[chosen].tolist()
    assert labels.tolist() == [LABELS[at] for at in chosen]
    assert images.data_ptr() != samples[0][0].data_ptr()


def test_of_two_batches_no_one_is_taken_for_the_whole(samples):
    others = gathered(torch.from_numpy(PIXELS + 100), LABELS)
    images, _labels = default_collate([*samples[:2], *others[2:]])
    assert images.tolist() == [*PIXELS[:2].tolist(), *(PIXELS[2:] + 100).tolist()]


def test_they_can_be_sent_to_another_process(samples):
    again = pickle.loads(pickle.dumps(samples))
    assert default_collate(again)[0].tolist() == PIXELS.tolist()
