"""Losses for what is rare: a few objects among thousands of boxes, a few pixels among thousands.

Those for pixels stand side by side, with the same arguments: logits (N, K, H, W), class numbers (N, H, W) and
255 where nobody knows. Where nothing is known, or nothing is there, each is 0 and its gradient 0 (torch's
cross-entropy is nan there). What each gives for a picture **without** the object is decided, too:

| loss | compares | no object in the truth, p answered everywhere |
|---|---|---|
| :func:`pixel_cross_entropy` | pixel by pixel, classes against each other | -log(1 - p): small |
| :func:`pixel_bce` | pixel by pixel, each class with the rest | -log(1 - p): small |
| :func:`pixel_focal` | the same, what is right already hardly counts | -p² log(1 - p): smaller |
| :func:`dice_loss` | areas, class by class | 1 - smooth / (p·H·W + smooth): nearly 1 until p is tiny |
| :func:`tversky_loss` | the same, misses weighed more than false alarms | as Dice, with 2·alpha·p |
For whole pictures there is :func:`focal_loss`, one class each.
"""

from vislearn.ops.losses.areas import dice_loss, tversky_loss
from vislearn.ops.losses.focal import focal_loss, sigmoid_focal_loss
from vislearn.ops.losses.pixels import pixel_bce, pixel_cross_entropy, pixel_focal

__all__ = [
    "dice_loss",
    "focal_loss",
    "pixel_bce",
    "pixel_cross_entropy",
    "pixel_focal",
    "sigmoid_focal_loss",
    "tversky_loss",
]
