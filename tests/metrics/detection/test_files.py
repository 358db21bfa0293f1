import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools import mask as pycoco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from vislearn.datasets import scenes
from vislearn.datasets.detection.coco_masks import coco_mask, counts_of
from vislearn.errors import FileError, InputError
from vislearn.metrics.detection import coco_scores, coco_scores_by_library, read_coco_results

IMAGES = [{"id": 7, "width": 100, "height": 80}, {"id": 3, "width": 100, "height": 80}]
NOTE = {"id": 1, "image_id": 3, "category_id": 2, "bbox": [10, 20, 30, 40], "area": 900.5, "iscrowd": 1}
RESULT = {"image_id": 3, "category_id": 2, "bbox": [10.5, 20, 30, 40], "score": 0.5}


@pytest.fixture
def written(tmp_path):
    def write(results, **truth):
        truth = {
            "images": IMAGES,
            "categories": [{"id": 2, "name": "cat"}, {"id": 3, "name": "dog"}],
            "annotations": [NOTE],
        } | truth
        paths = tmp_path / "instances.json", tmp_path / "results.json"
        for path, content in zip(paths, (truth, results), strict=True):
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return paths

    return write


def test_no_results(written):
    predictions, targets, names = read_coco_results(*written([]))
    assert names == {2: "cat", 3: "dog"}
    assert [len(found["boxes"]) for found in predictions] == [0, 0]
    assert [int(target["image_id"]) for target in targets] == [7, 3]
    assert coco_scores(predictions, targets, classes=names).ap == -1  # the one object is a crowd


def test_boxes_become_xyxy_and_the_rest_stays(written):
    predictions, targets, _ = read_coco_results(*written([RESULT]))
    assert targets[0]["boxes"].shape == (0, 4)
    assert targets[1]["boxes"].tolist() == [[10, 20, 40, 60]]
    assert (targets[1]["area"].item(), targets[1]["iscrowd"].item()) == (900.5, 1)
    assert predictions[1]["boxes"].tolist() == [[10.5, 20, 40.5, 60]]
    assert (predictions[1]["scores"].item(), predictions[1]["labels"].item()) == (0.5, 2)


SQUARE = [[10, 20, 40, 20, 40, 60, 10, 60]]
MASKED = {key: value for key, value in RESULT.items() if key != "bbox"} | {"segmentation": SQUARE}


@pytest.mark.parametrize("form", ["polygons", "text", "numbers"])
def test_masks_in_every_form(written, form):
    encoded = pycoco_mask.encode(np.asfortranarray(coco_mask(SQUARE, (80, 100))))
    segmentation = {
        "polygons": SQUARE,
        "text": {"size": [80, 100], "counts": encoded["counts"].decode()},
        "numbers": {"size": [80, 100], "counts": counts_of(encoded["counts"].decode())},
    }[form]
    note = NOTE | {"iscrowd": 0, "area": None, "segmentation": SQUARE}
    paths = written([MASKED | {"segmentation": segmentation}], annotations=[note])
    predictions, targets, names = read_coco_results(*paths)
    assert [len(found["masks"]) for found in predictions] == [0, 1]
    assert predictions[1]["masks"][0].mask().sum() == 30 * 40
    assert predictions[1]["boxes"].tolist() == targets[1]["boxes"].tolist() == [[10, 20, 40, 60]]
    assert coco_scores(predictions, targets, classes=names, kind="segm").ap == 1
    assert coco_scores(predictions, targets, classes=names).ap == 1


def test_what_is_read_of_a_file_that_has_both(written):
    note = NOTE | {"segmentation": SQUARE}
    paths = written([MASKED | {"bbox": [0, 0, 5, 5]}], annotations=[note])
    assert "masks" not in read_coco_results(*paths)[0][1]
    predictions, targets, _names = read_coco_results(*paths, kind="segm")
    assert predictions[1]["boxes"].tolist() == [[10, 20, 40, 60]]
    assert targets[1]["masks"][0].area == 1200
    with pytest.raises(InputError, match="kind must be one of"):
        read_coco_results(*paths, kind="masks")


@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_the_scenes_file_scores_as_in_pycocotools(tmp_path, kind):
    annotations = scenes("val").coco_json
    truth = json.loads(annotations.read_text(encoding="utf-8"))
    results = [result_of(note, at, kind) for at, note in enumerate(truth["annotations"] * 2) if at % 4]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results), encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        index = COCO(annotations)
        evaluation = COCOeval(index, index.loadRes(str(path)), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    predictions, targets, names = read_coco_results(annotations, path)
    for score in (coco_scores, coco_scores_by_library):
        scores = score(predictions, targets, classes=names, kind=kind)
        assert list(scores.twelve.values()) == pytest.approx(evaluation.stats.tolist(), abs=1e-9)


def result_of(note, at, kind):
    """An object found a little beside where it is."""
    result = {key: note[key] for key in ("image_id", "category_id")} | {"score": round(at * 0.37 % 1, 2)}
    if kind == "bbox":
        x, y, width, height = note["bbox"]
        return result | {"bbox": [round(x + at % 5 * 0.7, 1), y, width + at % 3, height]}
    mask = np.roll(coco_mask(note["segmentation"], note["segmentation"]["size"]), at % 4, axis=1)
    encoded = pycoco_mask.encode(np.asfortranarray(mask))
    return result | {"segmentation": encoded | {"counts": encoded["counts"].decode()}}


def segm(segmentation, **truth):
    return [MASKED | {"segmentation": segmentation}], truth


@pytest.mark.parametrize(
    ("results", "truth", "problem"),
    [
        (
            *segm("13"),
            "results.json has a segmentation that is neither polygons nor .*, in result 0, from 0. Draw",
        ),
        ([MASKED, MASKED | {"segmentation": "13"}], {}, "in result 1, from 0. Draw"),
        (*segm([]), "neither polygons nor run lengths"),
        (*segm(None), "neither polygons nor run lengths: None"),
        (*segm([[1, 2, 3]]), "a polygon of 3 numbers"),
        (*segm({"size": [100, 80], "counts": [8000]}), r"size \[100, 80\], but its picture is 80×100"),
        (*segm({"size": [80, 100], "counts": "1"}), "don't add up to 80·100 pixels"),
        (*segm(SQUARE, images=[{"id": 3}, {"id": 7}]), "no height and width for image 3"),
        (*segm(SQUARE), r"instances.json has a segmentation that is neither .*: None, in annotation 1"),
        (
            [MASKED, RESULT],
            {},
            "no 'segmentation' in result 1, from 0. It must be a list of .*segmentation and",
        ),
        ([RESULT, MASKED], {}, "no 'bbox' in result 1"),
    ],
)
def test_masks_that_cannot_be_used(written, results, truth, problem):
    with pytest.raises(FileError, match=problem):
        read_coco_results(*written(results, **truth))


JOINTS = {key: value for key, value in RESULT.items() if key != "bbox"} | {"keypoints": [1, 2, 1, 3, 4, 1]}
PERSON = NOTE | {"keypoints": [1, 2, 2, 0, 0, 0]}


def test_keypoints_are_read(written):
    predictions, targets, _names = read_coco_results(*written([JOINTS], annotations=[PERSON]))
    assert predictions[1]["keypoints"].tolist() == [[[1, 2, 1], [3, 4, 1]]]
    assert targets[1]["keypoints"].tolist() == [[[1, 2, 2], [0, 0, 0]]]
    assert len(targets[0]["keypoints"]) == len(predictions[0]["keypoints"]) == 0


@pytest.mark.parametrize(
    ("joints", "person", "problem"),
    [
        (
            {"keypoints": [1, 2]},
            {},
            "results.json has keypoints that are no such list in result 0, from 0. COCO's",
        ),
        ({"keypoints": []}, {}, "no such list"),
        ({"keypoints": [1, 2, "1"]}, {}, "no such list"),
        ({"keypoints": [1, 2, 1]}, {}, "has 1 keypoints, not 2, in result 0"),
        ({}, {"keypoints": None}, "instances.json has keypoints that are no such list in annotation 1"),
    ],
)
def test_keypoints_that_cannot_be_used(written, joints, person, problem):
    with pytest.raises(FileError, match=problem):
        read_coco_results(*written([JOINTS | joints], annotations=[PERSON | person]))


@pytest.mark.parametrize(
    ("results", "truth", "problem"),
    [
        ("[{", {}, "is not JSON: "),
        (
            {"annotations": []},
            {},
            "must hold a list, but holds dict. Are annotations and results in the right",
        ),
        ([{"image_id": 3}], {}, "isn't a COCO results file: no 'category_id' in result 0, from 0"),
        ([RESULT | {"bbox": [1, 2, 3]}], {}, "a bbox that isn't four numbers in result 0, from 0"),
        ([RESULT | {"score": None}], {}, "has None as score in result 0, from 0"),
        ([RESULT | {"score": "0.5"}], {}, "has '0.5' as score"),
        ([RESULT | {"score": float("nan")}], {}, "has nan as score"),
        ([RESULT, RESULT | {"image_id": "3"}], {}, "has '3' as image_id in result 1"),
        ([RESULT | {"category_id": True}], {}, "has True as category_id"),
        ([RESULT | {"image_id": 10**20}], {}, "has 100000000000000000000 as image_id"),
        ([RESULT | {"bbox": [1, "2", 3, 4]}], {}, "a bbox that isn't four numbers"),
        ([3], {}, "isn't a COCO results file"),
        ([], {"annotations": [NOTE, NOTE]}, "has the id 1 twice in 'annotations'"),
        ([], {"annotations": [NOTE | {"image_id": 9}]}, "unknown image_id 9 in annotation 1"),
        ([], {"annotations": [NOTE | {"category_id": "2"}]}, "unknown category_id '2'"),
        ([], {"annotations": [NOTE | {"area": "900"}]}, "an area that is no number of pixels"),
        ([], {"images": [{"id": 10**20}]}, "an id that is no whole number"),
        ([], {"images": [*IMAGES, IMAGES[0]]}, "has the id 7 twice in 'images'"),
        ([RESULT | {"image_id": 9}], {}, "has results for image_id 9, which the annotations don't know"),
        ([RESULT | {"category_id": 1}], {}, "category_id 1, .* The ids look shifted by one: add 1."),
        ([RESULT | {"category_id": 90}], {}, "category_id 90, .* translate them back"),
        (
            [RESULT | {"bbox": [40, 50, -10, 20]}],
            {},
            "has a bbox of negative width or height .* If they are x1, y1, x2, y2",
        ),
        ([RESULT | {"bbox": [50, 40, 95, 75]}] * 6, {}, "has 6 of 6 boxes sticking out of their picture"),
        ([], {"annotations": [{}]}, "has an entry without 'id': number 0 of 'annotations'"),
        ([], {"categories": [{"id": 1}]}, "has an entry without 'name': number 0 of 'categories'"),
        (
            [],
            {"annotations": [NOTE | {"bbox": [50, 40, -5, 5]}]},
            "instances.json has a bbox of negative width or height",
        ),
    ],
)
def test_files_that_cannot_be_used(written, results, truth, problem):
    with pytest.raises(FileError, match=problem):
        read_coco_results(*written(results, **truth))


def test_a_file_that_is_not_there(written, tmp_path):
    annotations, _ = written([])
    with pytest.raises(FileError, match=r"no\.json does not exist\. Check the name"):
        read_coco_results(annotations, tmp_path / "no.json")


def test_a_byte_order_mark_and_null_are_forgiven(written):
    paths = written("\ufeff" + json.dumps([RESULT]), annotations=[NOTE | {"area": None, "iscrowd": None}])
    _predictions, targets, _names = read_coco_results(*paths)
    assert (targets[1]["area"].item(), targets[1]["iscrowd"].item()) == (1200, 0)


def test_pictures_of_unknown_size_are_not_judged(written):
    paths = written([RESULT | {"bbox": [50, 40, 95, 75]}] * 6, images=[{"id": 3}, {"id": 7}])
    assert len(read_coco_results(*paths)[0]) == 2


@pytest.mark.parametrize(
    ("box", "number", "refused"),
    [
        ([50, 40, 51, 41], 6, False),  # one pixel too far: rounded, not misread
        ([50, 40, 52, 41], 6, True),  # in width alone, two
        ([50, 40, 51, 42], 6, True),  # in height alone
        ([50, 40, 60, 81], 6, True),
        ([50, 40, 60, 82], 6, False),  # a height that the picture hasn't: no lower corner
        ([50, 40, 60, 41], 5, False),  # too few to say
        ([50, 30, 101, 41], 6, True),
        ([50, 30, 102, 41], 6, False),  # no right corner either
        ([50, 40, 50, 79], 6, False),  # left = right: no corners
        ([50, 79, 60, 79], 6, False),
    ],
)
def test_boxes_that_may_be_corners(written, box, number, refused):
    results = [RESULT | {"bbox": box}] * number
    if refused:
        with pytest.raises(FileError, match=r"boxes sticking out .* x1, y1, x2, y2"):
            read_coco_results(*written(results))
    else:
        assert len(read_coco_results(*written(results))[0][1]["boxes"]) == number


@pytest.mark.parametrize("sound", [5, 6])
def test_half_of_the_boxes_sticking_out_are_no_habit(written, sound):
    results = [RESULT | {"bbox": [50, 40, 95, 75]}] * 6 + [RESULT] * sound
    if sound < 6:
        with pytest.raises(FileError, match="has 6 of 11 boxes sticking out"):
            read_coco_results(*written(results))
    else:
        assert len(read_coco_results(*written(results))[0][1]["boxes"]) == 12


def test_six_boxes_of_the_annotations_are_looked_at_too(written):
    notes = [NOTE | {"id": number, "bbox": [50, 40, 95, 75]} for number in range(6)]
    with pytest.raises(FileError, match=r"instances\.json has 6 of 6 boxes sticking out"):
        read_coco_results(*written([], annotations=notes))


@pytest.mark.parametrize(
    ("ids", "listed"), [(range(10, 15), "10, 11, 12, 13, 14,"), (range(10, 16), "10, 11, 12, 13, 14 …,")]
)
def test_at_most_five_unknown_numbers_are_listed(written, ids, listed):
    with pytest.raises(FileError, match=f"for image_id {listed} which the annotations don't know"):
        read_coco_results(*written([RESULT | {"image_id": number} for number in ids]))


@pytest.mark.parametrize(("shift", "advice"), [(-1, "add 1"), (1, "subtract 1"), (2, "translate them back")])
def test_ids_that_are_shifted(written, shift, advice):
    with pytest.raises(FileError, match=advice):
        read_coco_results(*written([RESULT | {"category_id": number + shift} for number in (2, 3)]))
