import pytest
from PIL import Image

from vislearn.datasets.detection.voc_checks import check_voc
from vislearn.errors import FileError


def fill(folder, **lefts):
    for name, left in lefts.items():
        corners = f"<xmin>{left}</xmin><ymin>2</ymin><xmax>20</xmax><ymax>20</ymax>"
        thing = f"<object><name>bee</name><bndbox>{corners}</bndbox></object>"
        (folder / f"{name}.xml").write_text(f"<annotation>{thing}</annotation>")
        Image.new("RGB", (40, 30)).save(folder / f"{name}.png")


def test_a_sound_folder(tmp_path):
    fill(tmp_path, a=1, b=2)
    assert check_voc(tmp_path, tmp_path) == (["a", "b"], [])
    assert check_voc(tmp_path, tmp_path, ["b"]) == (["b"], [])


def test_each_file_that_can_t_be_read_is_told(tmp_path):
    fill(tmp_path, a="x", b=2, c="y", d=1)
    (tmp_path / "d.png").unlink()
    sound, problems = check_voc(tmp_path, tmp_path)
    assert sound == ["b"]
    assert [problem.where for problem in problems[:2]] == [str(tmp_path / f"{name}.xml") for name in "ac"]
    assert len(problems) == 3
    assert "d." in str(problems[2])


def test_where_none_can_be_read_the_first_is_told(tmp_path):
    fill(tmp_path, a="x", b="y")
    with pytest.raises(FileError, match=r"a\.xml has 'x' as xmin"):
        check_voc(tmp_path, tmp_path)


def test_zeros_are_told_once(tmp_path):
    fill(tmp_path, a=0, b=2, c=0)
    sound, (problem,) = check_voc(tmp_path, tmp_path)
    assert sound == ["a", "b", "c"]
    assert problem.what.endswith("VOC counts from 1: a.xml, c.xml")
