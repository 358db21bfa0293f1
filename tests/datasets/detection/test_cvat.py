"""CVAT's XML: as "CVAT for images 1.1" is written, and spoilt in twenty ways."""

import pytest
import torch
from PIL import Image

from vislearn.datasets import check_detection, cvat_detection
from vislearn.datasets.detection.cvat import check_turned
from vislearn.errors import FileError

META = """<meta><task><id>1</id><labels><label><name>wasp</name></label><label><name>bee</name></label>
<label><name>wing</name><parent>bee</parent></label></labels></task></meta>"""
IMAGE = '<image id="0" name="{name}" width="{width}" height="{height}">{shapes}</image>'
BOX = '<box label="bee" source="manual" occluded="0" xtl="10.00" ytl="5.00" xbr="30.00" ybr="15.00"\
 z_order="0"><attribute name="alive">yes</attribute></box>'
POLYGON = '<polygon label="bee" occluded="0" points="10.00,5.00;30.00,5.00;30.00,15.00;10.00,15.00"/>'


def xml(*shapes, meta=META, name="a.png", width=60, height=40):
    image = IMAGE.format(name=name, width=width, height=height, shapes="".join(shapes))
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return f"{head}<annotations><version>1.1</version>{meta}{image}</annotations>"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "images" / "a.png")
    return tmp_path


def written(folder, text):
    (folder / "annotations.xml").write_text(text, encoding="utf-8")
    return folder


KINDS = [
    (BOX, [10, 5, 30, 15], 200),
    (POLYGON, [10, 5, 30, 15], 200),
    ('<ellipse label="bee" cx="20" cy="20" rx="10" ry="5"/>', [10, 15, 30, 25], 157),
    ('<mask label="bee" rle="1, 2, 1, 2" left="10" top="5" width="3" height="2"/>', [11, 5, 13, 7], 4),
    (BOX.replace("<box", '<box rotation="90.0"'), [15, 0, 25, 20], 200),
]


@pytest.mark.parametrize(("drawn", "box", "area"), KINDS, ids=["box", "polygon", "ellipse", "mask", "turned"])
def test_kinds(folder, drawn, box, area):
    dataset = cvat_detection(written(folder, xml(drawn)), masks=True)
    target = dataset[0][1]
    assert torch.allclose(target["boxes"], torch.tensor([box], dtype=torch.float32), atol=1e-4)
    assert int(target["masks"].sum()) == pytest.approx(area, rel=0.05)
    assert [problem for problem in check_detection(dataset) if "has no object of" not in problem.what] == []


def test_boxes_whose_angle_gets_lost_are_told(folder):
    askew, quarter = (BOX.replace("<box", f'<box rotation="{angle}"') for angle in ("30.0", "90.0"))
    file = written(folder, xml(BOX, quarter)) / "annotations.xml"
    assert check_turned(file) == []
    written(folder, xml(BOX, askew, askew, quarter))
    (problem,) = check_turned(file)
    assert problem.where == str(file)
    assert "the larger upright boxes around them: a.png (2)" in problem.what


def test_no_shapes(folder):
    dataset = cvat_detection(written(folder, xml('<tag label="bee"/>')))
    assert dataset[0][1]["boxes"].shape == (0, 4)


def test_classes_are_the_tasks_in_its_order(folder):
    dataset = cvat_detection(written(folder, xml(BOX)))
    assert dataset.classes == ["wasp", "bee"]
    assert dataset[0][1]["labels"].tolist() == [2]
    assert cvat_detection(written(folder, xml(BOX, meta=""))).classes == ["bee"]


def test_one_group_is_one_object(folder):
    one, other = (box.replace("<box", '<box group_id="1"') for box in (BOX, BOX.replace("30.00", "40.00")))
    assert cvat_detection(written(folder, xml(one, other)))[0][1]["boxes"].tolist() == [[10, 5, 40, 15]]


def test_pictures_of_a_part_of_a_project_and_beside_the_file(folder):
    (folder / "images" / "train").mkdir()
    (folder / "images" / "a.png").rename(folder / "images" / "train" / "a.png")
    text = xml(BOX).replace("<image ", '<image subset="train" ')
    assert len(cvat_detection(written(folder, text))) == 1
    (folder / "images" / "train" / "a.png").rename(folder / "a.png")
    assert len(cvat_detection(written(folder, text) / "annotations.xml")) == 1


def test_lines_are_left_out_on_request(folder):
    line = '<polyline label="bee" points="1,1;2,2"/>'
    assert len(cvat_detection(written(folder, xml(line, BOX)), skip=("polyline",))[0][1]["labels"]) == 1


MASK = '<mask label="bee" rle="{rle}" left="{left}" top="5" width="3" height="2"/>'
SPOILT = [
    ("<annotations>", "is not whole XML"),
    ("", "is not whole XML"),
    ("<annotation/>", "is not CVAT's"),
    ("<annotations><track/></annotations>", 'is an export "CVAT for video"'),
    (xml(BOX, name=""), "an image without a name: id 0"),
    (xml(BOX, name="b.png"), "b.png is not there, but image 0"),
    (xml(BOX, width="sixty"), "has 'sixty' as width of image 0"),
    (xml(BOX, height=0), "has '0' as height"),
    (xml(BOX, width=40, height=60), "but its annotation says 60×40"),
    (xml(BOX.replace('label="bee"', "")), "a shape without a label (box 0, from 0, of a.png)"),
    (xml(BOX.replace("bee", "ant")), "an unknown class 'ant'"),
    (xml(BOX.replace('xtl="10.00"', "")), "'' as xtl, which is no number"),
    (xml(BOX.replace("10.00", "nan")), "'nan' as xtl"),
    (xml(BOX.replace("10.00", "10,00")), "'10,00' as xtl"),
    (xml(BOX.replace("<box", '<box outside="1"')), "a shape of a track"),
    (xml(POLYGON.replace(";30.00,15.00;10.00,15.00", "")), "an outline of 2 points"),
    (xml(POLYGON.replace("30.00,5.00", "30.00")), "'30.00' where a point x,y belongs"),
    (xml('<polyline label="bee" points="1,1;2,2"/>'), "of the kind 'polyline', which has no box"),
    (xml('<points label="bee" points="1,1"/>'), "of the kind 'points'"),
    (xml('<blob label="bee" points="1,1"/>'), "of the kind 'blob', which has no box"),
    (xml('<ellipse label="bee" cx="20" cy="20" rx="9" ry="5" rotation="30"/>'), "a rotated ellipse"),
    (xml(MASK.format(rle="1, 2", left=10)), "run lengths don't add up to 3·2 pixels"),
    (xml(MASK.format(rle="one", left=10)), "run lengths don't add up"),
    (xml(MASK.format(rle="6", left=10)), "a mask without a pixel"),
    (xml(MASK.format(rle="0, 6", left=59)), "sticks out of its picture"),
    (xml(BOX.replace("30.00", "70.00")), "must lie on the picture"),
    (
        xml(BOX)[:-14] + IMAGE.format(name="a.png", width=60, height=40, shapes="") + "</annotations>",
        "two annotations",
    ),
]


def test_what_is_hardly_meant_and_what_is_wrong_are_named_by_their_shape(folder):
    tiny, wrong = BOX.replace("30.00", "11.00"), BOX.replace("30.00", "70.00")
    small, twice = check_detection(cvat_detection(written(folder, xml(BOX, tiny, POLYGON))))
    assert small.where == twice.where == str(folder / "annotations.xml")
    assert small.what.startswith(
        "has an object of 1×10 pixels (width×height) for a.png: box 1, from 0 (bee); left"
    )
    assert (
        "has one object twice for a.png: box 0, from 0 (bee) and polygon 2, from 0 (bee); left" in twice.what
    )
    (problem,) = check_detection(cvat_detection(written(folder, xml(BOX, wrong))))
    assert "has a wrong box for a.png: box 1, from 0 (bee) must lie on the picture" in problem.what


@pytest.mark.parametrize(("text", "sentence"), SPOILT, ids=[row[1] for row in SPOILT])
def test_spoilt_files(folder, text, sentence):
    with pytest.raises(FileError) as raised:
        cvat_detection(written(folder, text), masks=True)[0]
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file(folder):
    with pytest.raises(FileError, match=r"annotations.xml does not exist"):
        cvat_detection(folder)
