"""VOC files: the same boxes as COCO's, refused in one sentence where they are wrong."""

import pytest
import torch
from PIL import Image

from vislearn.datasets import check_detection, scene_detection, scenes, voc_detection
from vislearn.datasets.detection.voc_checks import check_counting
from vislearn.errors import FileError, InputError

OBJECT = """<object><name>bee</name><difficult>{difficult}</difficult><bndbox>
<xmin>{xmin}</xmin><ymin>6</ymin><xmax>30</xmax><ymax>15</ymax></bndbox></object>"""
WHOLE = """<annotation><filename>a.png</filename><size><width>60</width><height>40</height></size>
{objects}</annotation>"""


def xml(objects="", **changes):
    text = objects or OBJECT.format(difficult=changes.pop("difficult", 0), xmin=changes.pop("xmin", 11))
    return WHOLE.format(objects=text)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "xml").mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    return tmp_path


def read(folder, text, **how):
    (folder / "xml" / "a.xml").write_text(text, encoding="utf-8")
    return voc_detection(folder / "xml", folder, **how)


def test_no_objects(folder):
    dataset = read(folder, WHOLE.format(objects=""), classes=["bee"])
    assert dataset[0][1]["boxes"].shape == (0, 4)


def test_voc_counts_from_1_and_boxes_here_from_0(folder):
    dataset = read(folder, xml())
    assert dataset[0][1]["boxes"].tolist() == [[10, 5, 30, 15]]
    assert dataset.classes == ["bee"]
    assert read(folder, xml(xmin=0))[0][1]["boxes"].tolist() == [[0, 5, 30, 15]]


COUNTING = [("from 1", [10, 5, 30, 15]), ("from 0", [11, 6, 31, 16]), ("edges", [11, 6, 30, 15])]


@pytest.mark.parametrize(("counting", "box"), COUNTING)
def test_what_the_numbers_mean_can_be_said(folder, counting, box):
    assert read(folder, xml(), counting=counting)[0][1]["boxes"].tolist() == [box]


def test_another_way_of_counting_is_refused(folder):
    with pytest.raises(InputError, match="counting must be one of"):
        read(folder, xml(), counting="from 2")


def test_an_object_of_one_pixel_is_no_object(folder):
    (problem,) = check_detection(read(folder, xml(xmin=30)))
    assert "has an object of 1×10 pixels" in problem.what


def test_slips_are_mended_on_request(folder):
    text = xml().replace("<xmax>30", "<xmax>61")
    with pytest.raises(FileError, match="must lie on the picture"):
        read(folder, text)[0]
    dataset = read(folder, text, repair=True)
    assert dataset[0][1]["boxes"].tolist() == [[10, 5, 60, 15]]
    assert len(dataset.repairs) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [("a", ["a"]), ("\ufeffa -1\nb  1\n\n", ["a", "b"]), ("my picture 1.b\nc 0", ["my picture 1.b", "c"])],
)
def test_lists_of_names_have_one_column_or_two(folder, content, expected):
    (folder / "list.txt").write_text(content, encoding="utf-8")
    for name in expected:
        text = xml().replace("a.png", "").replace(">40<", ">0<")
        (folder / "xml" / f"{name}.xml").write_text(text, encoding="utf-8")
        Image.new("RGB", (60, 40)).save(folder / f"{name}.png")
    dataset = voc_detection(folder / "xml", folder, names=folder / "list.txt")
    assert [path.stem for path, _ in dataset.items] == expected


def test_a_name_may_end_as_a_mark_does(folder):
    (folder / "list.txt").write_text("a 1\nb 1\nc 1\nd e\n", encoding="utf-8")
    for name in ("a", "a 1", "b", "d e"):
        Image.new("RGB", (60, 40)).save(folder / f"{name}.png")
        (folder / "xml" / f"{name}.xml").write_text(xml().replace("a.png", ""), encoding="utf-8")
    problems = []
    dataset = voc_detection(folder / "xml", folder, names=folder / "list.txt", problems=problems)
    assert [path.stem for path, _ in dataset.items] == ["a 1", "b", "d e"]
    (problem,) = problems
    assert str(problem).startswith(
        f"{folder / 'list.txt'} names 'c 1' in line 3, but {folder / 'xml' / 'c.xml'}"
    )
    assert check_counting(folder / "xml", folder / "list.txt") == []
    with pytest.raises(FileError, match=r"list\.txt names 'c 1' in line 3, but .*c\.xml does not exist"):
        voc_detection(folder / "xml", folder, names=folder / "list.txt")


def test_a_list_that_is_no_text(folder):
    (folder / "list.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(FileError, match=r"list\.txt can't be read"):
        voc_detection(folder / "xml", folder, names=folder / "list.txt")


def test_a_wrong_box_is_named_as_it_stands_in_its_file(folder):
    objects = OBJECT.format(difficult=0, xmin=11) + OBJECT.format(difficult=0, xmin=40)
    dataset = read(folder, xml(objects))
    (problem,) = check_detection(dataset)
    assert problem.where == str(folder / "xml" / "a.xml")
    assert "for a.png: object 2 (bee) must have left < right" in problem.what
    assert "in pixels from 0, are [39, 5, 30, 15]" in problem.what
    with pytest.raises(FileError, match=r"a\.xml has a wrong box for a\.png: object 2 .bee."):
        dataset[0]
    empty = OBJECT.format(difficult=0, xmin=31)  # left out, and the others keep their numbers
    (problem,) = check_detection(read(folder, xml(empty + objects), repair=True))
    assert "object 3 (bee)" in problem.what


def test_difficult_objects_are_ignored_as_crowds_are(folder):
    assert read(folder, xml(difficult=1))[0][1]["iscrowd"].tolist() == [1]


def test_a_picture_may_be_called_as_its_file(folder):
    dataset = read(folder, xml().replace("<filename>a.png</filename>", "<filename>IMG_1.jpg</filename>"))
    assert dataset.items[0][0] == folder / "a.png"
    sizeless = read(folder, xml().replace("<width>60", "<width>0"))
    assert check_detection(sizeless) == []


def test_a_picture_is_paired_with_its_own_annotation_only(folder):
    for name in ("a.json", "a.txt", "b.png"):
        (folder / name).write_bytes((folder / "a.png").read_bytes())
    assert read(folder, xml().replace("a.png", "")).items[0][0] == folder / "a.png"
    with pytest.raises(FileError, match=r"notes the picture b\.png, but a\.png is called as it is"):
        read(folder, xml().replace("a.png", "b.png"))
    (folder / "xml" / "c.xml").write_text(xml(), encoding="utf-8")
    with pytest.raises(FileError, match=r"two annotations of a\.png: a\.xml and c\.xml"):
        read(folder, xml())


WRONG = [
    ("<annotation>\n<object>", "is not whole XML: .*, line 2"),
    (xml("<object><bndbox/></object>"), "an object without name: object 1"),
    (xml("<object><name>bee</name></object>"), "an object without bndbox"),
    (xml(xmin="wide"), "has 'wide' as xmin .object 1.. It must be a number"),
    (xml("<object><name>bee</name><bndbox><xmin>1</xmin></bndbox></object>"), "has '' as ymin"),
    (xml().replace("bee", "wasp"), "unknown class 'wasp'. Known: ant, bee"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_wrong_file_is_refused_by_name(folder, text, sentence):
    with pytest.raises(FileError, match=rf"a\.xml.*{sentence}"):
        read(folder, text, classes=["ant", "bee"])


def test_missing_files(folder):
    with pytest.raises(FileError, match="is not a folder"):
        voc_detection(folder / "no", folder)
    with pytest.raises(FileError, match="has no XML files"):
        voc_detection(folder / "xml", folder)
    with pytest.raises(FileError, match=r"b\.xml does not exist"):
        voc_detection(folder / "xml", folder, names=["b"])
    with pytest.raises(FileError, match="can't be read"):
        voc_detection(folder / "xml", folder, names=folder / "list.txt")
    with pytest.raises(InputError, match="each class once"):
        read(folder, xml(), classes=["bee", "bee"])
    (folder / "xml" / "a.xml").unlink()
    with pytest.raises(InputError, match="at least one file"):
        voc_detection(folder / "xml", folder, names=[])
    (folder / "a.png").unlink()
    with pytest.raises(FileError, match=r"a\.png is not there, but a\.xml names it"):
        read(folder, xml())


def test_a_wrong_size_is_told_when_the_picture_is_read(folder):
    dataset = read(folder, xml().replace("<width>60", "<width>600"))
    with pytest.raises(FileError, match="its annotation says 40×600"):
        dataset[0]


def test_the_bundled_scenes_are_the_same_from_both_formats(bundled):
    voc = scenes("val").voc_root / "VOCdevkit" / "VOC2012"
    ours = voc_detection(
        voc / "Annotations", voc / "JPEGImages", names=voc / "ImageSets" / "Main" / "val.txt"
    )
    coco = scene_detection("val")
    assert ours.classes == coco.classes
    for index in range(0, 100, 7):
        for key in ("boxes", "labels"):
            assert torch.equal(ours[index][1][key], coco[index][1][key])
