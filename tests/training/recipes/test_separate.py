"""Several objects of one number in a mask are told, an object cut in two here and there isn't."""

import numpy as np
import pytest
from PIL import Image

from vislearn.training import instance_sets


def in_parts(folder, value, *, of_five):
    """Five pictures with a square; so many of them have a second one, and all have a speck."""
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for number in range(5):
        mask = np.zeros((20, 20), dtype=np.uint8)
        mask[2:8, 2:8] = mask[0, 19] = value
        mask[12:18, 11:17] = value * (number < of_five)
        Image.new("RGB", (20, 20)).save(folder / "images" / f"{number}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{number}.png")


@pytest.mark.parametrize("value", [1, 255])
def test_several_objects_of_one_number_are_told(tmp_path, value):
    in_parts(tmp_path, value, of_five=3)
    said = []
    instance_sets(tmp_path, label="cell", say=said.append)
    (told,) = said
    assert told.startswith("In 3 of 5 pictures the mask has separate parts that are read as one object (")
    assert "0.png: 2 parts). If each part is an object, give each a number of its own" in told
    with pytest.warns(UserWarning, match="read as one object"):
        instance_sets(tmp_path, label="cell")


def test_one_object_cut_in_two_here_and_there_is_nothing_to_tell(tmp_path):
    in_parts(tmp_path, 1, of_five=2)
    said = []
    instance_sets(tmp_path, label="cell", say=said.append)
    assert said == []
