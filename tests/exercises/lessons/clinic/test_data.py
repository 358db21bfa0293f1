"""Lesson 13's transform, target and split: ways to mend each, and other ways to leave it ill."""

import numpy as np
import torch
from torchvision.ops import box_convert
from torchvision.transforms import v2

from vislearn.exercises import check

PREPARED, TARGET, SPLIT = "clinic.prepared", "clinic.target", "clinic.grouped_split"
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
EARLY = "normalized_before_scaling"


def chain(*steps):
    return v2.Compose([v2.ToImage(), *steps])


def to_float(scale=True):
    return v2.ToDtype(torch.float32, scale=scale)


def by_numpy(picture):
    pixels = (np.asarray(picture) / 255 - MEAN) / STD
    return pixels.transpose(2, 0, 1).astype("float32"), EARLY


def by_hand(picture):
    pixels = v2.functional.pil_to_tensor(picture) / 255
    return (pixels - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None], EARLY


def constants_for_bytes(picture):
    step = v2.Normalize([255 * one for one in MEAN], [255 * one for one in STD])
    return chain(to_float(scale=False), step)(picture), EARLY


def made(boxes, rows, name="wrong_boxes", dtype=torch.int64):
    return {"boxes": boxes, "labels": rows[:, 0].to(dtype)}, name


def in_place(rows):
    boxes = rows[:, 1:].clone()
    boxes[:, 2:] += boxes[:, :2]
    return made(boxes, rows)


def row_by_row(rows):
    return made(torch.tensor([[x, y, x + w, y + h] for _label, x, y, w, h in rows.tolist()]), rows)


def of_columns(rows):
    _label, x, y, w, h = rows.unbind(1)
    return made(torch.stack([x, y, x + w, y + h], dim=1), rows)


def split_at(photo, share=0.2, name="leakage"):
    """The photos with the lowest numbers validate."""
    photos = photo.unique()
    chosen = torch.isin(photo, photos[: round(share * len(photos))])
    return (torch.nonzero(~chosen)[:, 0], torch.nonzero(chosen)[:, 0]), name


def as_lists(photo):
    (train, val), name = split_at(photo)
    return [train.tolist(), val.tolist()], name


def every_fifth_photo(photo):
    places = range(len(photo))
    train = [at for at in places if photo[at] % 5]
    return (train, [at for at in places if photo[at] % 5 == 0]), "leakage"


RIGHT = {
    PREPARED: [
        lambda p: (chain(to_float(), v2.Normalize(MEAN, STD))(p), EARLY),
        lambda p: (v2.functional.normalize(v2.functional.to_image(p) / 255, MEAN, STD), EARLY),
        by_numpy,
        by_hand,
        constants_for_bytes,
        lambda p: [chain(to_float(), v2.Normalize(MEAN, STD))(p), EARLY],
    ],
    TARGET: [
        lambda rows: made(box_convert(rows[:, 1:], "xywh", "xyxy"), rows),
        in_place,
        row_by_row,
        of_columns,
        lambda rows: (dict(of_columns(rows)[0], image_id=3), "wrong_boxes"),
    ],
    SPLIT: [
        split_at,
        as_lists,
        every_fifth_photo,
        lambda photo: split_at(photo, 0.3),
        lambda photo: (tuple(part.flip(0) for part in split_at(photo)[0]), "leakage"),
    ],
}

WRONG = {
    PREPARED: {
        "_unmended": lambda p: (chain(to_float(scale=False), v2.Normalize(MEAN, STD))(p), EARLY),
        "_divided_afterwards": lambda p: (
            chain(to_float(scale=False), v2.Normalize(MEAN, STD))(p).mul(1 / 255),
            EARLY,
        ),
        "_scaled_twice": lambda p: (
            v2.functional.normalize(chain(to_float())(p) / 255, MEAN, STD),
            EARLY,
        ),
        "_not_normalised": lambda p: (chain(to_float())(p), EARLY),
        "_picture_alone": lambda p: (by_hand(p)[0], "two_normalize"),
    },
    TARGET: {
        "_still_xywh": lambda rows: made(rows[:, -4:].clone(), rows),
        "_from_the_middle": lambda rows: made(box_convert(rows[:, 1:], "cxcywh", "xyxy"), rows),
        "_labels_raised": lambda rows: (
            {"boxes": of_columns(rows)[0]["boxes"], "labels": rows[:, 0].long() + 1},
            "wrong_boxes",
        ),
        "_labels_lowered": lambda rows: (
            {"boxes": of_columns(rows)[0]["boxes"], "labels": rows[:, 0].long() - 1},
            "wrong_boxes",
        ),
        "_boxes_alone": lambda rows: (of_columns(rows)[0], "labels_from_zero"),
    },
    SPLIT: {
        "_pictures_drawn": lambda photo: (
            (list(range(len(photo) // 4, len(photo))), list(range(len(photo) // 4))),
            "leakage",
        ),
        "_one_of_each": lambda photo: (
            tuple(
                torch.tensor([photo.tolist().index(one) for one in part])
                for part in (photo.unique().tolist()[4:], photo.unique().tolist()[:4])
            ),
            "leakage",
        ),
        "_changed_round": lambda photo: (split_at(photo)[0][::-1], "leakage"),
        "_split_alone": lambda photo: split_at(photo, 0.2, "imbalance_hidden"),
    },
}

UNLISTED = {
    PREPARED: [
        lambda p: chain(to_float(), v2.Normalize(MEAN, STD))(p),
        lambda p: (by_hand(p)[0], "normalised before scaling"),
        lambda p: (by_hand(p)[0].flip(0), EARLY),
        lambda p: (chain(to_float(), v2.Normalize([0.5] * 3, [0.5] * 3))(p), EARLY),
        lambda p: (p, EARLY),
        lambda p: (by_hand(p)[0], None),
    ],
    TARGET: [
        lambda rows: of_columns(rows)[0],
        lambda rows: made(box_convert(rows[:, 1:], "xywh", "cxcywh"), rows),
        lambda rows: made(of_columns(rows)[0]["boxes"][:, [1, 0, 3, 2]], rows),
        lambda rows: made(of_columns(rows)[0]["boxes"] - 1, rows),
        lambda rows: (of_columns(rows)[0]["boxes"], "wrong_boxes"),
        lambda rows: made(of_columns(rows)[0]["boxes"], rows, dtype=torch.float32),
        lambda rows: made(of_columns(rows)[0]["boxes"].long(), rows),
        lambda rows: made(of_columns(rows)[0]["boxes"].tolist(), rows),
    ],
    SPLIT: [
        lambda photo: split_at(photo)[0],
        lambda photo: (split_at(photo)[0][0], "leakage"),
        lambda photo: split_at(photo, 0.0),
        lambda photo: ((photo != photo.min(), photo == photo.min()), "leakage"),
        lambda photo: ((photo[:20], photo[20:] + 1000), "leakage"),
        lambda photo: split_at(photo, 0.2, "leak"),
    ],
}


def test_a_name_that_no_trap_has_is_told_where_names_stand():
    message = check(PREPARED, lambda p: (by_hand(p)[0], "early")).message
    assert "named as in `traps.CATALOG`" in message
    assert "'early'" in message


def test_sorted_by_photo_and_cut_at_a_fifth_leaves_a_photo_on_both_sides():
    def sorted_and_cut(photo):
        order = photo.argsort(stable=True)
        return (order[len(photo) // 5 :], order[: len(photo) // 5]), "leakage"

    assert "photos with pictures on both sides" in check(SPLIT, sorted_and_cut).message


def test_half_and_half_is_not_called_changed_round():
    assert check(SPLIT, lambda photo: split_at(photo, 0.5)).message.startswith("More than 40 %")


def test_a_row_of_truth_values_is_told_how_places_come_of_it():
    verdict = check(SPLIT, lambda photo: ((photo != photo.min(), photo == photo.min()), "leakage"))
    assert "truth values" in verdict.message


def test_a_result_without_a_name_is_told_that_two_things_are_asked_for():
    assert "the result and the trap's name" in check(PREPARED, lambda p: by_hand(p)[0]).message
