"""Mistakes planted into the course's data, wherever they fit, by small rewrites of a line."""

import re
import runpy
from pathlib import Path

import pytest

PROGRAMS = runpy.run_path(str(Path(__file__).with_name("right_programs.py")))["PROGRAMS"]
NORMALIZE = r"v2\.Normalize\(IMAGENET_MEAN, IMAGENET_STD\)"
SCALE = r"v2\.ToDtype\(torch\.float32, scale=True\)"

# trap -> what is written instead of what, once or in every place
PLANTED = {
    "two_normalize": [(NORMALIZE, r"\g<0>, \g<0>")],
    "normalized_before_scaling": [
        (f"({SCALE}), ({NORMALIZE})", r"\2, \1"),
        (f"{SCALE}, {NORMALIZE}", "v2.ToDtype(torch.float32), v2.Normalize(IMAGENET_MEAN, IMAGENET_STD)"),
    ],
    "not_scaled": [(f"{SCALE}(, {NORMALIZE})?", "v2.ToDtype(torch.float32)")],
    "means_differ": [
        (f"(?s)(val_transform = .*?){NORMALIZE}", r"\1v2.Normalize([0.5] * 3, [0.5] * 3)"),
        (f"(?s)(val_transform = .*?), {NORMALIZE}", r"\1"),
    ],
    "constants_of_another_range": [
        (NORMALIZE, "v2.Normalize([255 * m for m in IMAGENET_MEAN], [255 * s for s in IMAGENET_STD])"),
        (NORMALIZE, "v2.Normalize([m / 255 for m in IMAGENET_MEAN], [s / 255 for s in IMAGENET_STD])"),
    ],
    "foreign_mean": [(f"(?s){NORMALIZE}(.*weights=weights)", r"v2.Normalize([0.5] * 3, [0.5] * 3)\1")],
    "chance_in_validation": [
        ("transform=val_transform", "transform=train_transform"),
        (r"(prepare = v2\.Compose\(\[)", r"\1v2.RandomHorizontalFlip(), "),
    ],
    "not_shuffled": [("(?s)shuffle=True(.*check\\(loader, val_loader\\))", r"shuffle=False\1")],
    "leakage": [
        (r"range\(6, 8\)", "range(4, 8)"),
        (r"range\(1, 24, 2\)", "range(0, 24, 3)"),
        (r"(?s)(whole = .*)DataLoader\(train_set", r"\1DataLoader(whole"),
        (r"DataLoader\(val_set, (\d)", r"DataLoader(train_set, \1"),
        (r'folder\(where="val", ', "folder("),
    ],
    "near_copies": [(r'where="val"', 'where="val", copied=True')],
    "exif_ignored": [(r"folder\(transform", "folder(turned=True, transform")],
    "damaged_files": [(r"folder\(", "folder(damaged=True, ")],
    "imbalance_hidden": [(r"\.repeat_interleave\(8\)", ".repeat_interleave(torch.tensor([22, 1, 1]))")],
    "channels_last": [(r"torch\.rand\(24, 1, 8, 8\)", "torch.rand(24, 8, 8, 1)")],
    "boxes_left_behind": [("transforms=both", "transform=both")],
    "labels_from_zero": [("label=1", "label=0")],
    "wrong_boxes": [(r"9\.0, 8\.0\]", "7.0, 2.0]"), (r"9\.0, 8\.0\]", "30.0, 8.0]")],
    "no_objects": [(r"box=\[[^]]*\]", "box=[]")],
    "mask_interpolated": [(r"tv_tensors\.Mask\(drawn\)", "tv_tensors.Image(drawn)")],
    "mask_of_gray_levels": [(r"return picture, mask\.long\(\)", "return picture, (mask / 255).long()")],
    "pictures_squashed": [(r"torch\.rand\((24, 1, 8, 8|3, 16, 16)\)", r"torch.rand(\1) / 255")],
    "masks_left_behind": [(r"return picture, mask\.long\(\)", "return picture, drawn.long()")],
    "shared_generator": [
        (r"(train_set = (folder|Boxes|Pairs)\(.*)\n", r"\1\ntrain_set.chance = torch.Generator()\n"),
    ],
}


def planted():
    """Every place that takes a mistake: (trap, program, text)."""
    for trap, rewrites in PLANTED.items():
        for number, (what, instead) in enumerate(rewrites):
            for name, text in PROGRAMS.items():
                broken, count = re.subn(what, instead, text)
                if trap == "shared_generator":
                    broken = broken.replace("shuffle=True", "shuffle=True, num_workers=2")
                if count:
                    yield pytest.param(trap, broken, id=f"{trap}-{number}-{name}")


CASES = list(planted())


def test_every_rewrite_fits_somewhere():
    fitting = {(case.values[0], case.id.split("-")[1]) for case in CASES}
    assert fitting == {(trap, str(number)) for trap, all_ in PLANTED.items() for number in range(len(all_))}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_original_is_silent(program, checked):
    assert checked(program) == []


@pytest.mark.parametrize(("trap", "program"), CASES)
def test_it_is_found(trap, program, checked):
    assert trap in checked(program)
