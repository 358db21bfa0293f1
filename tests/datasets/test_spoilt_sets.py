"""Sets as programs for annotating write them, each spoilt in twenty ways: all is told, the rest looked at.

Of four pictures, "b" is spoilt in one way of the table and "c" always in the same; "a" and "d" are sound.
"""

import json
import random

import pytest
from PIL import Image

from vislearn.datasets import overview
from vislearn.datasets.opened import open_parts
from vislearn.errors import FileError

NAMES = "abcd"
BOX = (10, 5, 30, 15)  # left, top, right, bottom


def pictures(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for at, name in enumerate(NAMES):
        Image.new("RGB", (60, 40), (60 * at, 90, 200 - 60 * at)).save(folder / f"{name}.png")


# YOLO: a text file beside each picture, numbers are fractions.
def yolo(root):
    pictures(root / "images")
    (root / "labels").mkdir()
    for name in NAMES:
        (root / "labels" / f"{name}.txt").write_text("1 0.5 0.5 0.2 0.4\n")
    (root / "labels" / "c.txt").write_text("7 0.5 0.5 0.2 0.4\n")
    (root / "data.yaml").write_text("train: images\nval: images\ntest: nowhere\nnames: [ant, bee]\n")


def line(content):
    def spoil(root):
        file = root / "labels" / "b.txt"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    return spoil


def without(name):
    return lambda root: (root / name).unlink()


def cut(name):
    return lambda root: (root / name).write_bytes((root / name).read_bytes()[:40])


YOLO = [
    (line("0 0.5 0.5 0.2"), "line 1: it has 4 numbers"),
    (line("0 0.5 0.5 0.2 0.4\n\n1"), "line 3: it has 1 numbers"),
    (line("1 0.5 0.5 0.2 0.4\n0 0.5 x 0.2 0.4\n0 0.5 y 0.2 0.4"), "line 2: it has 'x' where a number"),
    (line("1 0.5 0.5 0.2 0.4\n0 0.5 x 0.2 0.4\n0 0.5 y 0.2 0.4"), "line 3: it has 'y' where a number"),
    (line("0 0.1 0.2 0.5 0.2 0.3 0.8 0.9"), "line 1: it has 8 numbers"),
    (line("0 0.5 0.5 0.2 nan"), "has 'nan' where a number belongs"),
    (line("0 0.5 0.5 0.2 inf"), "has 'inf' where a number belongs"),
    (line("0 0,5 0,5 0,2 0,4"), "has '0,5' where a number belongs"),
    (line("0,0.5,0.5,0.2,0.4"), "where a number belongs"),
    (line("bee 0.5 0.5 0.2 0.4"), "has 'bee' where a number belongs"),
    (line("2 0.5 0.5 0.2 0.4"), "is of class 2, but 2 classes have a name"),
    (line("-1 0.5 0.5 0.2 0.4"), "begins with -1, and classes are counted from 0"),
    (line("0.5 0.5 0.5 0.2 0.4"), "begins with 0.5"),
    (line("0 20 10 20 10"), "has 20, which is a number of pixels and no fraction"),
    (line("0 1.2 0.5 0.2 0.4"), "has 1.2, which lies outside 0 ... 1"),
    (line("0 0.5 0.5 -0.2 0.4"), "has -0.2, which lies outside"),
    (line("0 0.5 0.5 0.2 0.4\n0 0.5 0.5 0.2 0.4"), "line 2: it repeats line 1"),
    (line("0 0.05 0.5 0.4 0.4"), "must lie on the picture"),
    (line("0 0.5 0.5 0 0.4"), "must have an area"),
    (line("0 0.5 0.5 0.2 0.4".encode("utf-16")), "is not text in UTF-8"),
    (without("images/b.png"), "b.txt has no picture in"),
    (cut("images/b.png"), "b.png"),
]


# LabelMe: a JSON file beside each picture.
def labelme(root):
    pictures(root)
    for name in NAMES:
        (root / f"{name}.json").write_text(json.dumps(noted(name)))
    (root / "c.json").write_text(json.dumps(noted("c", label="")))


def noted(name, shapes=None, **change):
    shape = {"label": "bee", "shape_type": "rectangle", "points": [BOX[:2], BOX[2:]], "group_id": None}
    shapes = [shape | change] if shapes is None else shapes
    head = {"version": "5.5.0", "flags": {}, "imagePath": f"{name}.png", "imageData": None}
    return head | {"shapes": shapes, "imageHeight": 40, "imageWidth": 60}


def labelme_file(content):
    def spoil(root):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (root / "b.json").write_bytes(data)

    return spoil


def shape(**change):
    return labelme_file(noted("b", **change))


LABELME = [
    (labelme_file(b"{"), "is not JSON"),
    (labelme_file(b""), "is not JSON"),
    (labelme_file(b"[" * 100_000), "b.json"),
    (labelme_file('{"shapes"'.encode("utf-16")), "is not text in UTF-8"),
    (labelme_file([]), "has no list 'shapes'"),
    (labelme_file({"shapes": {}}), "has no list 'shapes'"),
    (labelme_file(noted("b", shapes=[7])), "a shape without a label: shape 0"),
    (shape(label=3), "a shape without a label: shape 0"),
    (shape(points=[[1, 2, 3]]), "points that aren't pairs of numbers"),
    (shape(points=[["1", "2"], ["3", "4"]]), "points that aren't pairs of numbers"),
    (shape(points=None), "points that aren't pairs of numbers"),
    (shape(points=[[1, 2]]), "a rectangle of 1 points"),
    (shape(shape_type="circle", points=[[1, 2]]), "a circle of 1 points"),
    (shape(shape_type="polygon"), "an outline of 2 points"),
    (shape(shape_type="line"), "a shape of the kind 'line', which has no box"),
    (shape(shape_type="mask", mask="?"), "a mask that can't be unpacked"),
    (shape(points=[[10, 5], [3e7, 15]]), "a point that lies on no picture"),
    (shape(points=[[10, 5], [70, 15]]), "must lie on the picture"),
    (shape(points=[[10, 5], [10, 15]]), "must have an area"),
    (labelme_file(noted("b") | {"imagePath": 7}), "an imagePath that is no name: 7"),
    (labelme_file(noted("b") | {"imageHeight": "40"}), "that are no pixels: ['40', 60]"),
    (labelme_file(noted("b") | {"imageHeight": 60}), "but its annotation says 60×60"),
    (labelme_file(noted("a")), "notes the picture a.png, but b.png is called as it is"),
    (without("b.png"), "b.png is not there, but b.json names it"),
    (cut("b.png"), "b.png"),
]


# COCO: one file for all.
def coco(root):
    pictures(root / "images")
    content = {
        "images": [
            {"id": at, "file_name": f"{name}.png", "height": 40, "width": 60} for at, name in enumerate(NAMES)
        ],
        "categories": [{"id": 1, "name": "ant"}, {"id": 2, "name": "bee"}, {"id": 3, "name": "cow"}],
        "annotations": [
            {"id": at, "image_id": at, "category_id": 1 + (at == 1), "bbox": [10, 5, 20, 10], "iscrowd": 0}
            for at in range(len(NAMES))
        ],
    }
    content["annotations"][2]["category_id"] = 9
    (root / "instances.json").write_text(json.dumps(content))


def entry(kind, **change):
    def spoil(root):
        file = root / "instances.json"
        content = json.loads(file.read_text())
        content[kind][1] |= change
        file.write_text(json.dumps(content))

    return spoil


def coco_file(content):
    return lambda root: (root / "instances.json").write_text(content)


COCO = [
    (entry("annotations", id=None), "an entry without 'id': number 1 of 'annotations'"),
    (entry("annotations", id="1"), "an id that is no whole number: '1'"),
    (entry("annotations", id=0), "the id 0 twice in 'annotations'"),
    (
        entry("annotations", bbox=None),
        "number 1 of 'annotations', from 0. Add it to the entry, or take the entry out.",
    ),
    (entry("annotations", bbox=[1, 2, 3]), "a bbox that isn't four numbers in annotation 1"),
    (entry("annotations", bbox=["1", 2, 3, 4]), "a bbox that isn't four numbers"),
    (entry("annotations", bbox=[1, 2, float("nan"), 4]), "a bbox that isn't four numbers"),
    (entry("annotations", bbox=[10, 5, -3, 4]), "a bbox of negative width or height"),
    (entry("annotations", bbox=[10, 5, 3e7, 4]), "a bbox far beyond any picture"),
    (entry("annotations", bbox=[50, 5, 20, 4]), "must lie on the picture"),
    (entry("annotations", bbox=[10, 5, 0, 4]), "must have an area"),
    (entry("annotations", image_id=99), "an unknown image_id 99 in annotation 1"),
    (entry("annotations", image_id=99), "the ids 0, 1, 2, 3: write one of them, or add it there."),
    (entry("annotations", image_id=[1]), "an unknown image_id [1]"),
    (entry("annotations", category_id="bee"), "an unknown category_id 'bee'"),
    (entry("annotations", area="?"), "an area that is no number of pixels"),
    (entry("annotations", iscrowd=2), "an iscrowd that is neither 0 nor 1"),
    (entry("images", id="b"), "an id that is no whole number: 'b'"),
    (entry("images", id=0), "the id 0 twice in 'images'"),
    (entry("images", file_name=None), "an entry without 'file_name'"),
    (entry("images", file_name="/"), "no file name in image 1: '/'"),
    (entry("images", file_name="e.png"), "e.png is not there, but image 1"),
    (entry("images", file_name="b" * 5000), "is not there, but image 1"),
    (entry("images", file_name="a.png"), "two annotations of a.png: image 0 and image 1"),
    (entry("images", height=-40), "a height that is no number of pixels in image 1: -40"),
    (entry("images", height=60), "but its annotation says 60×60"),
    (entry("categories", name=" "), "a category 2 without a name"),
    (cut("images/b.png"), "b.png"),
]


# CVAT: one XML for all.
def cvat(root, drawn=None, **image):
    pictures(root / "images")
    label = "<label><name>{}</name></label>"
    labels = "".join(map(label.format, ("ant", "bee")))
    images = []
    for at, name in enumerate(NAMES):
        size = {"id": at, "name": f"{name}.png", "width": 60, "height": 40} | (image if name == "b" else {})
        inside = drawn if drawn is not None and name == "b" else box()
        inside = box(label="") if name == "c" else inside
        attributes = " ".join(f'{key}="{value}"' for key, value in size.items())
        images.append(f"<image {attributes}>{inside}</image>")
    text = f"<annotations><meta><task><labels>{labels}</labels></task></meta>{''.join(images)}</annotations>"
    (root / "annotations.xml").write_text(text, encoding="utf-8")


def box(**change):
    told = {"label": "bee", **dict(zip(("xtl", "ytl", "xbr", "ybr"), BOX, strict=True))} | change
    return f"<box {' '.join(f'{key}={str(value)!r}' for key, value in told.items())}/>"


def drawn(text):
    return lambda root: cvat(root, text)


def image(**change):
    return lambda root: cvat(root, **change)


POLYGON = '<polygon label="bee" points="{}"/>'
MASK = '<mask label="bee" rle="{}" left="{}" top="5" width="3" height="2"/>'
CVAT = [
    (drawn(box(label=" ")), "a shape without a label (box 0, from 0, of b.png)"),
    (drawn(box() + box(xtl="x") + box(ybr="y")), "'x' as xtl, which is no number (box 1, from 0, of b.png)"),
    (drawn(box() + box(xtl="x") + box(ybr="y")), "'y' as ybr, which is no number (box 2, from 0, of b.png)"),
    (drawn(box(label="cow")), "an unknown class 'cow'"),
    (drawn(box(outside=1)), "a shape of a track"),
    (drawn(box(xtl="")), "'' as xtl"),
    (drawn(box(xtl="nan")), "'nan' as xtl"),
    (drawn(box(xtl="10,00")), "'10,00' as xtl"),
    (drawn(box(rotation="askew")), "'askew' as rotation"),
    (drawn(box(xbr=70)), "must lie on the picture"),
    (drawn(box(xbr=10)), "must have an area"),
    (drawn(box(xbr=1e9)), "a point that lies on no picture"),
    (drawn(POLYGON.format("1,1;5,5")), "an outline of 2 points"),
    (drawn(POLYGON.format("")), "an outline of 0 points"),
    (drawn(POLYGON.format("1,1;5;9,9")), "'5' where a point x,y belongs"),
    (drawn('<polyline label="bee" points="1,1;2,2"/>'), "of the kind 'polyline', which has no box"),
    (drawn('<points label="bee" points="1,1"/>'), "of the kind 'points'"),
    (drawn('<ellipse label="bee" cx="20" cy="20" rx="9" ry="5" rotation="30"/>'), "a rotated ellipse"),
    (drawn(MASK.format("1, 2", 10)), "run lengths don't add up to 3·2 pixels"),
    (drawn(MASK.format("6", 10)), "a mask without a pixel"),
    (image(name=""), "an image without a name: id 1"),
    (image(name="e.png"), "e.png is not there, but image 1"),
    (image(name="a.png"), "two annotations of a.png: image 0 and image 1"),
    (image(width="sixty"), "'sixty' as width of image 1"),
    (image(height=60), "but its annotation says 60×60"),
    (lambda root: (cvat(root), cut("images/b.png")(root)), "b.png"),
]


# Pascal VOC: an XML file for each picture.
def voc(root):
    pictures(root / "JPEGImages")
    (root / "Annotations").mkdir()
    for name in NAMES:
        (root / "Annotations" / f"{name}.xml").write_text(annotation(name))
    (root / "Annotations" / "c.xml").write_text(annotation("c").replace("bndbox", "box"))


def annotation(name):
    corners = "".join(
        f"<{key}>{value}</{key}>" for key, value in zip(("xmin", "ymin", "xmax", "ymax"), BOX, strict=True)
    )
    thing = f"<object><name>bee</name><bndbox>{corners}</bndbox></object>"
    size = "<size><width>60</width><height>40</height></size>"
    return f"<annotation><filename>{name}.png</filename>{size}{thing}</annotation>"


def voc_file(old, new):
    def spoil(root):
        text = annotation("b")
        assert old in text
        (root / "Annotations" / "b.xml").write_text(text.replace(old, new), encoding="utf-8")

    return spoil


WHOLE = annotation("b")
VOC = [
    (voc_file(WHOLE, ""), "is not whole XML"),
    (voc_file(WHOLE, WHOLE[:90]), "is not whole XML"),
    (voc_file("</object>", "</objects>"), "is not whole XML"),
    (voc_file(WHOLE, '<?xml version="1.0" encoding="klingon"?>' + WHOLE), "declares the encoding klingon"),
    (voc_file("bee", ""), "an object without name: object 1"),
    (voc_file("<name>bee</name>", ""), "an object without name"),
    (voc_file("bndbox", "polygon"), "an object without bndbox"),
    (voc_file("<xmin>10</xmin>", ""), "'' as xmin (object 1)"),
    (voc_file(">10<", ">ten<"), "'ten' as xmin"),
    (voc_file(">10<", ">nan<"), "'nan' as xmin"),
    (voc_file(">10<", ">1e999<"), "'1e999' as xmin"),
    (voc_file(">10<", ">10,5<"), "'10,5' as xmin"),
    (voc_file(">10<", ">41<"), "has a wrong box for b.png: object 1 (bee) must"),
    (voc_file(">30<", ">90<"), "must lie on the picture"),
    (voc_file(">10<", ">-9<"), "has a wrong box for b.png: object 1 (bee) must"),
    (voc_file(">60<", ">wide<"), "'wide' as width (size)"),
    (voc_file(">60<", ">600<"), "but its annotation says 40×600"),
    (voc_file("b.png", "a.png"), "notes the picture a.png, but b.png is called as it is"),
    (without("JPEGImages/b.png"), "b.png is not there, but b.xml names it"),
    (cut("JPEGImages/b.png"), "b.png"),
]

PROGRAMS = {
    "YOLO": (yolo, YOLO, "c.txt is wrong in line 1: it is of class 7"),
    "LabelMe": (labelme, LABELME, "c.json has a shape without a label: shape 0"),
    "COCO": (coco, COCO, "an unknown category_id 9 in annotation 2"),
    "CVAT": (cvat, CVAT, "a shape without a label (box 0, from 0, of c.png)"),
    "VOC": (voc, VOC, "c.xml has an object without bndbox"),
}
ROWS = [(program, spoil, told) for program, row in PROGRAMS.items() for spoil, told in row[1]]


@pytest.mark.parametrize(("program", "spoil", "told"), ROWS, ids=[f"{row[0]} {row[2]}" for row in ROWS])
def test_what_is_spoilt_is_told_and_the_rest_looked_at(tmp_path, program, spoil, told):
    write, _ways, other = PROGRAMS[program]
    write(tmp_path)
    spoil(tmp_path)
    found = overview(tmp_path)
    assert found.kind == program
    sentences = [str(problem) for problem in found.problems]
    assert [sentence for sentence in sentences if other in sentence], sentences
    assert [sentence for sentence in sentences if told in sentence], sentences
    assert not [sentence for sentence in sentences if "\n" in sentence or "has no object of" in sentence]
    looked_at = {path[-len("a.png") :] for part in found.parts for path in part.paths}
    assert {"d.png"} <= looked_at - {"c.png"} <= {"a.png", "b.png", "d.png"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_is_spoilt_in_twenty_ways(program):
    assert len(PROGRAMS[program][1]) >= 20


@pytest.mark.parametrize("program", ["YOLO", "LabelMe", "CVAT", "VOC"])
def test_where_nothing_is_sound_all_is_told(tmp_path, program):
    PROGRAMS[program][0](tmp_path)
    for file in (*tmp_path.glob("labels/*.txt"), *tmp_path.glob("*.json"), *tmp_path.glob("Annotations/*")):
        file.write_text("nothing")
    if program == "CVAT":
        file = tmp_path / "annotations.xml"
        file.write_text(file.read_text().replace("xtl", "left"))
    found = overview(tmp_path)
    assert found.kind == program
    assert {len(part.paths) for part in found.parts} == {0}
    assert len(found.problems) >= len(NAMES)
    assert str(found)


@pytest.mark.parametrize("program", PROGRAMS)
def test_bytes_that_are_wrong_by_chance_give_sentences_only(tmp_path, program):
    PROGRAMS[program][0](tmp_path)
    (file,) = [path for path in tmp_path.rglob("*") if path.name in {"b.txt", "b.json", "b.xml"}] or [
        path for path in tmp_path.iterdir() if path.is_file()
    ]
    whole, draw = file.read_bytes(), random.Random(0)
    for _attempt in range(60):
        data = bytearray(whole)
        for _change in range(draw.choice([1, 1, 2, 8])):
            at = draw.randrange(len(data))
            data[at : at + draw.choice([0, 1, 1, 5])] = bytes(
                draw.choices(range(256), k=draw.choice([0, 1, 1, 3]))
            )
        file.write_bytes(data)
        try:
            parts = open_parts(tmp_path)
        except FileError:
            continue
        assert parts[0].kind == program


def test_roboflow_s_parts_tell_their_own(tmp_path):
    for part in ("train", "valid"):
        pictures(tmp_path / part)
        for name in NAMES:
            (tmp_path / part / f"{name}.xml").write_text(annotation(name))
    (tmp_path / "train" / "b.xml").write_text("<annotation>")
    (tmp_path / "valid" / "c.xml").write_text(annotation("c").replace(">10<", ">ten<"))
    found = overview(tmp_path)
    assert [len(part.paths) for part in found.parts] == [3, 3]
    told = [problem.what for part in found.parts for problem in part.problems]
    assert ["is not whole XML" in told[0], "has 'ten' as xmin" in told[1]] == [True, True]


def test_an_export_of_label_studio_s_that_is_cut_off_is_no_class_called_images(tmp_path):
    coco(tmp_path)
    file = (tmp_path / "instances.json").rename(tmp_path / "result.json")
    assert overview(tmp_path).kind == "COCO"
    file.write_text(file.read_text()[:300])
    with pytest.raises(FileError, match="is not JSON"):
        overview(tmp_path)
