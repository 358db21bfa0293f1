import contextlib
import io
import json

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from vislearn.datasets import scenes
from vislearn.errors import FileError
from vislearn.metrics.detection import coco_scores, read_coco_results

IMAGES = [{"id": number, "file_name": f"{number}.jpg", "width": 100, "height": 80} for number in (7, 3)]
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


def test_the_scenes_file_scores_as_in_pycocotools(tmp_path):
    annotations = scenes("val").coco_json
    truth = json.loads(annotations.read_text(encoding="utf-8"))
    results = [
        {
            "image_id": note["image_id"],
            "category_id": note["category_id"],
            "score": round(at * 0.37 % 1, 2),
            "bbox": [
                round(note["bbox"][0] + at % 5 * 0.7, 1),
                note["bbox"][1],
                note["bbox"][2] + at % 3,
                note["bbox"][3],
            ],
        }
        for at, note in enumerate(truth["annotations"] * 2)
        if at % 4
    ]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results), encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        index = COCO(annotations)
        evaluation = COCOeval(index, index.loadRes(str(path)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    predictions, targets, names = read_coco_results(annotations, path)
    scores = coco_scores(predictions, targets, classes=names)
    assert list(scores.twelve.values()) == pytest.approx(evaluation.stats.tolist(), abs=1e-9)


@pytest.mark.parametrize(
    ("results", "truth", "problem"),
    [
        ("[{", {}, "is not JSON"),
        (
            {"annotations": []},
            {},
            "must hold a list, but holds dict. Are annotations and results in the right",
        ),
        ([{"image_id": 3}], {}, "has an entry without 'category_id': number 0"),
        ([RESULT | {"bbox": [1, 2, 3]}], {}, "has a bbox that isn't four numbers in entry 0"),
        ([RESULT | {"score": None}], {}, "has an entry without 'score'"),
        ([RESULT | {"score": "0.5"}], {}, "has a score that is no number in entry 0: '0.5'"),
        ([RESULT | {"score": float("nan")}], {}, "has a score that is no number in entry 0: nan"),
        ([RESULT | {"bbox": ["1", 2, 3, 4]}], {}, "has a bbox that isn't four numbers in entry 0"),
        ([RESULT, RESULT | {"image_id": "3"}], {}, "has a image_id that is no whole number in entry 1: '3'"),
        ([], {"annotations": [NOTE, NOTE]}, "has the id 1 twice in 'annotations'"),
        ([], {"annotations": [NOTE | {"image_id": 9}]}, "has an unknown image_id 9 in annotation 1"),
        ([], {"annotations": [NOTE | {"id": 10**19}]}, "has an id that is no whole number"),
        ([], {"annotations": [NOTE | {"bbox": ["1", 2, 3, 4]}]}, "bbox that isn't four numbers"),
        ([RESULT | {"image_id": 9}], {}, "has results for image_id 9, which the annotations don't know"),
        ([RESULT | {"category_id": 1}], {}, "category_id 1, .* The ids look shifted by one: add 1."),
        ([RESULT | {"category_id": 90}], {}, "category_id 90, .* translate them back"),
        (
            [RESULT | {"bbox": [40, 50, -10, 20]}],
            {},
            "has a bbox of negative size, .* If they are x1, y1, x2, y2",
        ),
        ([RESULT | {"bbox": [50, 40, 95, 75]}] * 6, {}, "has 6 of 6 boxes sticking out of their picture"),
        ([], {"annotations": [{}]}, "has an entry without 'id': number 0 of 'annotations'"),
        ([], {"categories": [{"id": 1}]}, "has an entry without 'name': number 0 of 'categories'"),
        (
            [],
            {"annotations": [NOTE | {"bbox": [50, 40, -5, 5]}]},
            "instances.json has a bbox of negative width",
        ),
    ],
)
def test_files_that_cannot_be_used(written, results, truth, problem):
    with pytest.raises(FileError, match=problem):
        read_coco_results(*written(results, **truth))


def test_a_byte_order_mark_is_forgiven(written):
    paths = written([RESULT])
    for path in paths:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [len(found["boxes"]) for found in read_coco_results(*paths)[0]] == [0, 1]


def test_a_file_that_is_not_there(written, tmp_path):
    annotations, _ = written([])
    with pytest.raises(FileError, match=r"no\.json does not exist"):
        read_coco_results(annotations, tmp_path / "no.json")


def test_pictures_of_unknown_size_are_not_judged(written):
    paths = written(
        [RESULT | {"bbox": [50, 40, 95, 75]}] * 6,
        images=[{"id": 3, "file_name": "a"}, {"id": 7, "file_name": "b"}],
    )
    assert len(read_coco_results(*paths)[0]) == 2
