"""SegmentationTask: losses by name, scores from counts added up, and nothing wrong passes unseen."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from vislearn.errors import InputError
from vislearn.metrics.segmentation import class_iou, counts
from vislearn.models import SmallResNet, segmenter
from vislearn.ops.losses import dice_loss, pixel_bce, pixel_cross_entropy, pixel_focal, tversky_loss
from vislearn.training import SegmentationTask, evaluate, fit
from vislearn.training.tasks import SEGMENTATION_LOSSES


class Fixed(nn.Module):
    """A segmenter whose logits are its picture's three channels."""

    def __init__(self, aux=False):
        super().__init__()
        self.weight, self.aux = nn.Parameter(torch.ones(1)), aux

    def forward(self, images):
        out = {"out": images * self.weight}
        return out | {"aux": -out["out"]} if self.aux else out


def batch(pictures=2, seed=0):
    """Logits and truths, a quarter of them void."""
    chance = torch.Generator().manual_seed(seed)
    masks = torch.randint(0, 3, (pictures, 8, 10), generator=chance)
    masks[:, :2] = 255
    return torch.randn(pictures, 3, 8, 10, generator=chance), masks


def test_no_batch_no_scores():
    with pytest.raises(InputError, match="at least one batch"):
        SegmentationTask(3).evaluate(Fixed().eval(), [])
    with pytest.raises(InputError, match="must come after an evaluation"):
        _none = SegmentationTask(3).report


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("cross_entropy", pixel_cross_entropy),
        ("ce", pixel_cross_entropy),
        ("bce", pixel_bce),
        ("focal", pixel_focal),
        ("dice", dice_loss),
        ("tversky", tversky_loss),
        ("ce+dice", lambda logits, masks: pixel_cross_entropy(logits, masks) + dice_loss(logits, masks)),
        ("bce + dice", lambda logits, masks: pixel_bce(logits, masks) + dice_loss(logits, masks)),
    ],
)
def test_losses_by_name(name, function):
    images, masks = batch()
    loss = SegmentationTask(3, loss=name).loss(Fixed(), (images, masks))
    assert loss.requires_grad
    assert torch.allclose(loss, function(images, masks))


def test_every_loss_is_named_once():
    assert all(len(SegmentationTask(2, loss=name).losses) == 1 for name in SEGMENTATION_LOSSES)


def test_weights_count_in_each_loss_that_takes_them():
    images, masks = batch()
    weights = [0.1, 1.0, 2.0]
    loss = SegmentationTask(3, loss="ce+bce+dice", class_weights=weights).loss(Fixed(), (images, masks))
    expected = pixel_cross_entropy(images, masks, weight=weights) + dice_loss(images, masks)
    assert torch.allclose(loss, expected + pixel_bce(images, masks, pos_weight=weights))


def test_the_second_head_counts_half():
    images, masks = batch()
    task = SegmentationTask(3)
    expected = pixel_cross_entropy(images, masks) + 0.5 * pixel_cross_entropy(-images, masks)
    assert torch.allclose(task.loss(Fixed(aux=True), (images, masks)), expected)


def test_a_batch_of_void_alone_teaches_nothing():
    images, model = batch()[0], Fixed()
    SegmentationTask(3, loss="ce+dice").loss(model, (images, torch.full((2, 8, 10), 255))).backward()
    assert model.weight.grad == 0


def test_scores_are_those_of_all_pixels_together():
    """Not the mean over batches: the last one has a single picture."""
    images, masks = batch(5)
    loader = DataLoader(list(zip(images, masks, strict=True)), batch_size=2)
    task = SegmentationTask(3, loss="dice", classes=["sky", "sea", "sand"])
    scores = evaluate(Fixed(), task, loader)
    table = counts(images.argmax(1), masks, 3)
    assert torch.equal(task.counts, table)
    assert scores["miou"] == pytest.approx(class_iou(table).mean().item())
    assert scores["loss"] == pytest.approx(pixel_cross_entropy(images, masks).item(), rel=1e-5)
    assert scores["pixel_accuracy"] == pytest.approx((table.diag().sum() / table.sum()).item())
    assert "sand" in str(task.report)


def test_fit_finds_the_square_and_watches_its_iou():
    torch.manual_seed(0)
    images = torch.zeros(4, 3, 32, 32)
    images[:, :, 8:20, 12:28] = 2
    data = [(image, (image[0] > 1).to(torch.uint8)) for image in images]
    model = segmenter("lraspp", 2, SmallResNet(2, width=8), channels=16)
    history = fit(
        model,
        SegmentationTask(2, loss="ce+dice"),
        DataLoader(data, 2),
        epochs=8,
        optimizer=torch.optim.Adam(model.parameters(), lr=1e-2),
        val_loader=DataLoader(data, 2),
        amp="bf16",
    )
    assert set(history.rows[0]) >= {"val_miou", "val_pixel_accuracy", "val_loss"}
    assert history.best_epoch == max(range(8), key=history["val_miou"].__getitem__)
    assert max(history["val_miou"]) > 0.85


@pytest.mark.parametrize(
    ("images", "masks", "sentence"),
    [
        (torch.zeros(1, 3, 4, 4), torch.zeros(1, 4, 4), r"got float32 \(1, 4, 4\). Add .long\(\)"),
        (torch.zeros(1, 3, 4, 4), torch.full((1, 4, 4), 0.004), "They were scaled like a picture"),
        (torch.zeros(1, 3, 4, 4), torch.full((1, 4, 4), 1.5), "They were mixed, as by a bilinear resize"),
        (torch.zeros(1, 3, 4, 4), torch.zeros(1, 1, 4, 4, dtype=torch.int64), "Add .squeeze"),
        (torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4, dtype=torch.int64), "by .argmax"),
        (torch.zeros(1, 3, 4, 4), torch.zeros(4, 4, dtype=torch.int64), "a class for each pixel"),
        (torch.zeros(1, 3, 4, 4), torch.full((1, 4, 4), 3), "classes 0…2.*got 3 at 16 pixels.*background"),
        (torch.zeros(1, 3, 4, 4), torch.full((1, 4, 4), -1), "got -1 at 16 pixels"),
        (torch.zeros(1, 3, 4, 4), torch.tensor([[[0, 7], [9, 40]]]).repeat(1, 2, 2), "7, 9, 40 at 12 pix"),
        (torch.zeros(1, 3, 4, 4), torch.zeros(1, 5, 6, dtype=torch.int64), "as large as .*4×4, got 5×6"),
        (torch.full((1, 3, 4, 4), 200.0), torch.zeros(1, 4, 4, dtype=torch.int64), "values up to 200"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.uint8), torch.zeros(1, 4, 4, dtype=torch.int64), "got uint8"),
        (torch.zeros(1, 3, 4, 4), [[0]], "masks must be integers .*got list"),
    ],
)
def test_what_a_first_batch_shows(images, masks, sentence):
    task = SegmentationTask(3)
    with pytest.raises(InputError, match=sentence):
        task.loss(Fixed(), (images, masks))
    with pytest.raises(InputError, match=sentence):
        task.evaluate(Fixed(), [(images, masks)])
    assert task.complaint((images, masks))


def test_void_under_another_number_is_named():
    masks = torch.full((1, 4, 4), 255)
    with pytest.raises(InputError, match="255 is mostly void: ignore_index=255, not 0"):
        SegmentationTask(3, ignore_index=0).loss(Fixed(), (torch.zeros(1, 3, 4, 4), masks))


def test_later_batches_are_looked_at_too():
    task, (images, masks) = SegmentationTask(3), batch()
    task.loss(Fixed(), (images, masks))
    with pytest.raises(InputError, match="got 9"):
        task.loss(Fixed(), (images, masks.where(masks == 255, 9)))
    assert task.complaint((images, masks)) == ""


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"loss": "crossentropy"}, "loss must be one of 'cross_entropy'.*got 'crossentropy'. Try 'ce"),
        ({"class_weights": [1.0, 2.0]}, "must be 3 numbers, one per class, the background first"),
        ({"loss": "dice", "class_weights": [1.0, 1, 1]}, "must be left out for dice.*'ce.dice' takes them"),
    ],
)
def test_settings_that_can_not_be(how, sentence):
    with pytest.raises(InputError, match=sentence):
        SegmentationTask(3, **how)


def test_a_network_of_other_classes_is_refused():
    images, masks = batch()
    with pytest.raises(InputError, match=r"must be logits \(2, 4, 8, 10\).*got \(2, 3, 8, 10\)"):
        SegmentationTask(4).loss(Fixed(), (images, masks))
    task = SegmentationTask(3)
    with pytest.raises(InputError, match="one logit per pixel for each of the 2 classes, got 3"):
        task.require_answer({"out": images}, ["a", "b"])
    task.require_answer({"out": images}, ["a", "b", "c"])


def test_a_batch_that_is_no_pair():
    with pytest.raises(InputError, match=r"must be \(pictures, masks\), got Tensor"):
        SegmentationTask(3).loss(Fixed(), torch.zeros(1))


def test_a_batch_counts_in_the_judged_loss_by_its_pixels_that_are_not_void():
    (images, masks), (other_images, other_masks) = batch(), batch(seed=1)
    masks[:, :7] = 255  # hardly anything of the first batch is known
    judged = SegmentationTask(3).evaluate(Fixed().eval(), [(images, masks), (other_images, other_masks)])
    together = pixel_cross_entropy(torch.cat([images, other_images]), torch.cat([masks, other_masks]))
    assert judged["loss"] == pytest.approx(together.item(), rel=1e-5)
