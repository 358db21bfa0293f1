"""From the counts of pixels to one number, or to one per class."""

import torch

from vislearn.metrics.answers import as_counts
from vislearn.metrics.classification import class_scores

__all__ = ["MAKER", "class_iou", "dice", "frequency_weighted_iou", "mean_iou", "pixel_accuracy"]

MAKER = "counts(answers, truths, num_classes)"  # what makes the counts, for errors


def pixel_accuracy(counts: torch.Tensor) -> float:
    """Share of right pixels in [0, 1]; nan without pixels.

    It says little: where .65 % of the pixels are an object, finding nothing scores .99.

    >>> pixel_accuracy(torch.tensor([[98, 1], [1, 0]]))
    0.98
    """
    table = as_counts(counts, MAKER).double()
    return float(table.diag().sum() / table.sum())  # 0/0 = nan, as promised


def class_iou(counts: torch.Tensor) -> torch.Tensor:
    """Intersection over union of each class, in [0, 1]: (K, K) -> float64 (K,) on the CPU.

    Pixels that are of the class and were answered so, over pixels that are the one or the other. nan for an
    absent class; 0 for one that was answered where it never is.

    Source: Everingham et al., The PASCAL Visual Object Classes Challenge (2015), section 4.3.

    >>> class_iou(torch.tensor([[6, 2, 0], [0, 2, 0], [0, 0, 0]])).tolist()
    [0.75, 0.5, nan]
    """
    table = as_counts(counts, MAKER).double()
    right = table.diag()
    return right / (table.sum(1) + table.sum(0) - right)  # 0/0 = nan, as promised


def mean_iou(counts: torch.Tensor) -> float:
    """The mean IoU of the classes present, "mIoU", in [0, 1]; nan where none is.

    A class is present if truth or answers have it. scikit-learn counts absent ones as 0, which is
    ``class_iou(counts).nan_to_num(0).mean()``; on a set that shows every class there is no difference.

    >>> mean_iou(torch.tensor([[6, 2, 0], [0, 2, 0], [0, 0, 0]]))
    0.625
    """
    return float(class_iou(counts).nanmean())


def frequency_weighted_iou(counts: torch.Tensor) -> float:
    """The mean IoU, each class weighted by its share of the true pixels, in [0, 1]; nan without pixels.

    A class without true pixels has weight 0: its false alarms count as what they took from
    others.

    Source: Long et al., Fully Convolutional Networks for Semantic Segmentation (2015), section 5.

    >>> frequency_weighted_iou(torch.tensor([[6, 2, 0], [0, 2, 0], [0, 0, 0]]))
    0.7
    """
    table = as_counts(counts, MAKER).double()
    return float((class_iou(counts).nan_to_num(0) * table.sum(1)).sum() / table.sum())


def dice(counts: torch.Tensor) -> torch.Tensor:
    """Twice the intersection over the sum of both areas, of each class, in [0, 1]: (K, K) -> float64 (K,).

    nan for an absent class. It is F1 by another name, and 2·IoU / (1 + IoU): it ranks answers as IoU does,
    and looks better.

    >>> [round(share, 3) for share in dice(torch.tensor([[6, 2], [0, 2]])).tolist()]
    [0.857, 0.667]
    """
    return class_scores(as_counts(counts, MAKER)).f1
