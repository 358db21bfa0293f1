"""pycocotools as the oracle, fed with torchvision's form of predictions and targets."""

import contextlib
import io

import numpy as np
import pytest
import torch
from pycocotools import mask as pycoco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

TWELVE = (
    "ap",
    "ap50",
    "ap75",
    "ap_small",
    "ap_medium",
    "ap_large",
    "ar_1",
    "ar_10",
    "ar_100",
    "ar_small",
    "ar_medium",
    "ar_large",
)


def as_coco(entries, categories, images, *, results):
    """A COCO index of these dictionaries; ids count from 1, because pycocotools takes 0 for no match."""
    annotations = []
    for at, entry in enumerate(entries):
        boxes = entry["boxes"].double().reshape(-1, 4).tolist()
        for row, ((x0, y0, x1, y1), label) in enumerate(zip(boxes, entry["labels"].tolist(), strict=True)):
            box = [x0, y0, x1 - x0, y1 - y0]
            note = {
                "id": len(annotations) + 1,
                "image_id": images[at],
                "category_id": label,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
            }
            if "masks" in entry:
                mask = entry["masks"][row].numpy().astype(np.uint8)
                note["segmentation"] = pycoco_mask.encode(np.asfortranarray(mask))
                note["area"] = int(mask.sum())
            if results:
                note["score"] = entry["scores"][row].double().item()
            else:
                note["area"] = entry["area"][row].item() if "area" in entry else note["area"]
                note["iscrowd"] = int(entry["iscrowd"][row]) if "iscrowd" in entry else 0
            annotations.append(note)
    index = COCO()
    index.dataset = {
        "info": {},
        "images": [{"id": number, "height": 0, "width": 0} for number in images],
        "categories": [{"id": label, "name": str(label)} for label in categories],
        "annotations": annotations,
    }
    index.createIndex()
    return index


def pycoco(predictions, targets, categories, kind="bbox"):
    """The evaluated COCOeval of pycocotools."""
    images = [int(target.get("image_id", at)) for at, target in enumerate(targets)]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = as_coco(targets, categories, images, results=False)
        evaluation = COCOeval(truth, as_coco(predictions, categories, images, results=True), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def random_set(
    seed,
    *,
    images=6,
    classes=3,
    most=6,
    detections=12,
    grid=None,
    crowd=0.15,
    areas=True,
    distinct=False,
    empty_boxes=0.03,
):
    """Hostile on purpose: ties, duplicates, empty pictures, crowds, boxes without area."""
    rng = np.random.default_rng(seed)
    predictions, targets = [], []
    side = float(rng.choice([60, 150, 300]))

    def boxes(count):
        corners = rng.uniform(0, side, (count, 2))
        sizes = rng.exponential(side / 4, (count, 2)) * (rng.random((count, 2)) >= empty_boxes)
        table = np.concatenate([corners, corners + sizes], axis=1)
        return torch.tensor(np.round(table / grid) * grid if grid else table, dtype=torch.float32)

    for _ in range(images):
        count = int(rng.integers(0, most + 1))
        true = boxes(count)
        target = {"boxes": true, "labels": torch.tensor(rng.integers(1, classes + 1, count))}
        target["iscrowd"] = torch.tensor((rng.random(count) < crowd).astype(np.int64))
        if areas:
            whole = (true[:, 2:] - true[:, :2]).double().prod(1)
            target["area"] = whole * torch.tensor(rng.uniform(0.4, 1, count))
        targets.append(target)
        near = true.repeat_interleave(2, 0) + torch.tensor(rng.normal(0, side / 40, (2 * count, 1))).float()
        if grid:
            near = (near / grid).round() * grid
        found = torch.cat([near, boxes(int(rng.integers(0, detections + 1)))])
        labels = torch.cat(
            [
                target["labels"].repeat_interleave(2),
                torch.tensor(rng.integers(1, classes + 1, len(found) - 2 * count)),
            ]
        )
        scores = torch.tensor(rng.random(len(found)))
        if rng.random() < 0.5 and not distinct:
            scores = (scores * 8).round() / 8
        keep = torch.tensor(rng.permutation(len(found))[: int(rng.integers(0, len(found) + 1))])
        keep = keep.long()
        predictions.append({"boxes": found[keep], "scores": scores[keep].float(), "labels": labels[keep]})
    return predictions, targets


def random_masks(seed, **options):
    """The same sets as ellipses, each picture of its own size; some masks are empty, most are cut off."""
    rng = np.random.default_rng(1000 + seed)
    pairs = zip(*random_set(seed, **options), strict=True)
    predictions, targets = [], []
    for prediction, target in pairs:
        size = rng.integers(60, 200, 2)
        for entry, entries in ((prediction, predictions), (target, targets)):
            entries.append(entry | {"masks": ellipses(entry["boxes"], size)})
    return predictions, targets


def ellipses(boxes, size):
    """Bool (N, H, W): what fills each box, xyxy (N, 4), but for its corners."""
    y, x = torch.meshgrid(*(torch.arange(int(side)) + 0.5 for side in size), indexing="ij")
    x0, y0, x1, y1 = (side[:, None, None] for side in boxes.unbind(1))
    across, down = (
        (2 * x - x0 - x1) / (x1 - x0).clamp(min=1e-6),
        (2 * y - y0 - y1) / (y1 - y0).clamp(min=1e-6),
    )
    return across**2 + down**2 <= 1


@pytest.fixture(scope="session", name="random_masks")
def random_masks_fixture():
    return random_masks


@pytest.fixture(scope="session", name="random_set")
def random_set_fixture():
    return random_set


@pytest.fixture(scope="session")
def evaluated():
    """(predictions, targets, categories) → pycocotools' whole evaluation."""
    return pycoco


@pytest.fixture(scope="session")
def oracle():
    """(predictions, targets, categories, kind) → pycocotools' twelve numbers by our names."""

    def twelve(predictions, targets, categories, kind="bbox"):
        return dict(zip(TWELVE, pycoco(predictions, targets, categories, kind).stats.tolist(), strict=True))

    return twelve
