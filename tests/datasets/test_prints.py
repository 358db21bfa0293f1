import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Subset, TensorDataset

from vislearn.datasets.prints import Prints, closest, prints_of
from vislearn.errors import FileError, InputError


def test_a_folder_its_data_set_a_subset_and_its_paths_give_the_same_prints(folder):
    whole = prints_of(folder.root)
    assert len(whole.names) == 9
    paths = [path for path, _ in folder.samples]
    for other in (folder, Subset(folder, range(9)), paths, Subset(Subset(folder, range(9)), range(9))):
        prints = prints_of(other)
        assert (prints.names, prints.files, prints.pixels) == (whole.names, whole.files, whole.pixels)
    assert prints_of(Subset(folder, [3])).names == [paths[3]]


def test_files_are_read_without_the_data_sets_transform(folder):
    folder.transform = lambda picture: 1 / 0
    assert len(prints_of(folder).pixels) == 9


def test_pictures_without_files_have_positions_for_names():
    data = TensorDataset(torch.rand(3, 3, 8, 8), torch.arange(3))
    prints = prints_of(data)
    assert (prints.names, prints.files) == (["0", "1", "2"], [b"", b"", b""])
    assert len(set(prints.pixels)) == 3


def test_a_tensor_an_array_and_a_pil_image_of_one_picture_agree():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    prints = prints_of([pixels, Image.fromarray(pixels), torch.from_numpy(pixels).permute(2, 0, 1)])
    assert len(set(prints.pixels)) == 1
    assert np.allclose(prints.small @ prints.small.T, 1)


def test_shape_counts_among_pixels():
    assert len(set(prints_of([np.zeros((4, 9)), np.zeros((6, 6))]).pixels)) == 2


def test_a_picture_of_one_colour_is_like_no_other():
    small = prints_of([np.full((50, 50, 3), 7, np.uint8), np.full((50, 50, 3), 9, np.uint8)]).small
    assert not small.any()


def test_without_decoding_a_damaged_picture_is_no_hindrance(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    prints = prints_of(tmp_path, decode=False)
    assert (len(prints.files), prints.pixels, len(prints.small)) == (1, [], 0)
    with pytest.raises(FileError, match=r"a\.png"):
        prints_of(tmp_path)


@pytest.mark.parametrize("block", [2, 512])
def test_the_closest_is_found_whatever_the_block(monkeypatch, block):
    monkeypatch.setattr("vislearn.datasets.prints._BLOCK", block)
    some = np.eye(5, dtype=np.float32)
    where, best = closest(some, some[::-1])
    assert where.tolist() == [4, 3, 2, 1, 0]
    assert best.tolist() == [1] * 5
    assert closest(some, some, besides_itself=True)[1].tolist() == [0] * 5


def test_what_is_no_picture_or_no_folder_is_told(tmp_path):
    with pytest.raises(InputError, match="picture 0 must be a PIL image"):
        prints_of([torch.tensor(3.0)])
    with pytest.raises(FileError, match="is not a folder"):
        prints_of(tmp_path / "absent")
    with pytest.raises(FileError, match="can't be read"):
        prints_of([tmp_path / "absent.png"])


def test_sizes_and_brightness_are_those_of_the_pixels(folder):
    prints = prints_of([Image.new("RGB", (30, 20), (90, 90, 90)), np.full((5, 7), 3, np.uint8)])
    assert prints.sizes_wh.tolist() == [[30, 20], [7, 5]]
    assert prints.brightness.tolist() == [90, 3]


def test_prints_are_joined_in_order():
    pictures = [np.full((4, 6), value, np.uint8) for value in (1, 2, 3)]
    whole, joined = prints_of(pictures), Prints.joined([prints_of([picture]) for picture in pictures])
    assert joined.pixels == whole.pixels
    assert joined.sizes_wh.tolist() == whole.sizes_wh.tolist()
    assert joined.small.shape == (3, 1024)
    assert Prints.joined([]).small.shape == (0, 1024)
