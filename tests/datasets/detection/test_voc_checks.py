import pytest
from PIL import Image

from vislearn.datasets.detection.voc_checks import check_counting
from vislearn.errors import FileError


def fill(folder, **lefts):
    for name, left in lefts.items():
        corners = f"<xmin>{left}</xmin><ymin>2</ymin><xmax>20</xmax><ymax>20</ymax>"
        thing = f"<object><name>bee</name><bndbox>{corners}</bndbox></object>"
        (folder / f"{name}.xml").write_text(f"<annotation>{thing}</annotation>")
        Image.new("RGB", (40, 30)).save(folder / f"{name}.png")


def test_no_files(tmp_path):
    with pytest.raises(FileError, match="has no XML files"):
        check_counting(tmp_path)


def test_counted_from_1(tmp_path):
    fill(tmp_path, a=1, b=2, c=0)
    assert check_counting(tmp_path, ["a", "b"]) == []


def test_zeros_are_told_once_and_files_that_can_t_be_read_are_not(tmp_path):
    fill(tmp_path, a=0, b=2, c=0, d="x")
    (problem,) = check_counting(tmp_path)
    assert problem.what.endswith("VOC counts from 1: a.xml, c.xml")
