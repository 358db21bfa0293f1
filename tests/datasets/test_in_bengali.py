"""What is wrong with a set is told in Bengali, whole sentences of it: English are names of files and code."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.datasets.test_spoilt_sets import NAMES, PROGRAMS, pictures
from vislearn.cli import main
from vislearn.datasets import overview

# Paths, what stands in backticks, quotes or brackets, what has a dot, a slash, a digit or a capital in it.
OF_OTHERS = re.compile(
    r"`[^`]*`|'[^']*'|\"[^\"]*\"|“[^”]*”|\([^()]*\)|\S*[/._\d=:]\S*|\b\w*[A-Z]\w*\b", re.ASCII
)
# What code and files call a thing, in every language.
OF_CODE = """
annotation bbox bndbox box circle crowd height id image imagePath iscrowd keypoint length mask object polygon
polyline rectangle rotation run segmentation void width xbr xmax xmin xtl xywh ybr ymax ymin ytl
"""
OF_SETS = "ant bee bird car cat dog klingon nowhere road sky test train val zip"
WORDS = {*OF_CODE.split(), *OF_SETS.split()}


@pytest.fixture(autouse=True)
def _bengali(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")


def english_in(text):
    """Words that nobody has translated."""
    return set(re.findall(r"[A-Za-z]{2,}", OF_OTHERS.sub(" ", OF_OTHERS.sub(" ", text)))) - WORDS


def save(path, value=0, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(str(path.name))).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(pixels if value is None else np.full(size[::-1], value, np.uint8)).save(path)


def classes(root):
    for name in ("cat/1.png", "Cat/22.png", "bird/333.png", "4444.png"):
        save(root / name, None)
    (root / "dog").mkdir()
    (root / "bird" / "notes.txt").write_text("x")
    (root / "bird" / "empty.png").write_bytes(b"")
    (root / "bird" / "cut.png").write_bytes((root / "cat" / "1.png").read_bytes()[:200])
    (root / "bird" / "1.png").write_bytes((root / "cat" / "1.png").read_bytes())


def label_images(root):
    for at, value in enumerate([0, 1, 7, 9, 255, 0]):
        save(root / "images" / f"{at}.png", None)
        save(root / "labels" / f"{at}.png", value, (40, 30) if at < 5 else (9, 9))
    (root / "classes.txt").write_text("sky\nroad\ncar\n")


def no_names(root):
    save(root / "images" / "1.png", None)
    save(root / "masks" / "1.png", 255)


def masks_of_objects(root):
    save(root / "one" / "images" / "1.png", None)
    save(root / "one" / "masks" / "1.png", 0)


def of_two_formats(root):
    pictures(root)
    (root / "classes.txt").write_text("cat\n")
    (root / "a.txt").write_text("0 .5 .5 .1 .1\n")
    (root / "annotations.xml").write_text("<annotations/>")


def boxes(root):
    """All that is wrong with boxes as boxes, and with pictures that lie about their size."""
    pictures(root)
    rows = [
        {"image_id": 1, "bbox": [1, 1, 1, 1]},
        {"image_id": 1, "bbox": [9, 9, 20, 20]},
        {"image_id": 1, "bbox": [9, 9, 20, 20]},
        {"image_id": 2, "bbox": [50, 30, 40, 40]},
        {"image_id": 2, "bbox": [5, 5, 0, 9]},
        {"image_id": 3, "bbox": [1, 1, 9, 9]},
    ]
    content = {
        "images": [{"id": at, "file_name": f"{name}.png"} for at, name in enumerate(NAMES, start=1)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "Cat"}],
        "annotations": [{"id": at, "category_id": 1, **row} for at, row in enumerate(rows, start=1)],
    }
    content["images"][2] |= {"height": 9, "width": 9}
    (root / "instances.json").write_text(json.dumps(content))


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_sentence_about_a_spoilt_file_is_english(tmp_path, program):
    write, ways, _other = PROGRAMS[program]
    for at, (spoil, _told) in enumerate(ways):
        root = tmp_path / str(at)
        root.mkdir()
        write(root)
        spoil(root)
        told = [str(problem).replace(str(root), "/set") for problem in overview(root).problems]
        assert [sentence for sentence in told if english_in(sentence)] == []


@pytest.mark.parametrize("write", [classes, label_images, no_names, masks_of_objects, of_two_formats, boxes])
def test_check_says_nothing_in_english(tmp_path, write):
    root = tmp_path / "set"
    root.mkdir()
    write(root)
    done = CliRunner().invoke(main, ["check", str(root)])
    assert done.exit_code == 1, done.output
    lines = done.output.replace(str(root), "/set").splitlines()
    told = [line for line in lines if line.startswith(("- ", "Error: "))]
    assert told
    assert [line for line in told if english_in(line)] == []
    assert [line for line in told if line.rstrip()[-1] not in "।?"] == []


@pytest.mark.parametrize("to", ["yolo", "voc"])
def test_what_a_format_can_t_hold_is_said_in_bengali(tmp_path, to):
    boxes(tmp_path)
    file = tmp_path / "instances.json"
    content = json.loads(file.read_text())
    content["annotations"] = [
        {"id": 1, "image_id": 3, "category_id": 1, "bbox": [1, 1, 5.5, 5], "iscrowd": 1, "area": 3},
        {"id": 2, "image_id": 2, "category_id": 2, "bbox": [1, 1, 61, 5]},
    ]
    content["images"] = [{"id": at, "file_name": f"{NAMES[at - 1]}.png"} for at in (2, 3)]
    file.write_text(json.dumps(content))
    run = ["convert", str(tmp_path), str(tmp_path.parent / "out"), "--to", to, "--repair"]
    done = CliRunner().invoke(main, run)
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) >= 4
    assert [line for line in done.output.splitlines() if english_in(line)] == []


def test_the_english_of_a_sentence_is_found():
    assert english_in("/set/a.png is empty (0 bytes). Copy it again.") == {"is", "empty", "it"}
    assert english_in("/set/a.png ফাঁকা (০ বাইট)। annotation-টি ঠিক করুন।") == set()
