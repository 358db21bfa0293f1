"""The look at everything before training."""

import pytest
from PIL import Image
from torchvision.transforms import v2

from vislearn.datasets import DetectionDS, check_detection

HW = (40, 60)
BOXES = [[10, 5, 30, 15], [40, 20, 60, 40]]


@pytest.fixture
def picture(tmp_path):
    Image.new("RGB", (HW[1], HW[0])).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def annotated(**changes):
    return {"boxes": BOXES, "labels": [1, 2]} | changes


def test_the_check_lists_everything_at_once(picture, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    items = [
        (picture, annotated()),
        (tmp_path / "gone.png", annotated()),
        (tmp_path / "bad.png", annotated()),
        (picture, annotated(labels=[0, 9], boxes=[[5, 5, 5, 9], [0, 0, 9, 9]])),
        (picture, annotated(image_id=1)),
    ]
    told = [str(problem) for problem in check_detection(DetectionDS(items, classes=["ant", "bee", "cow"]))]
    assert len(told) == 6
    for part in (
        "gone.png does not exist",
        "bad.png",
        "1 or more",
        "at most 3",
        "must have an area",
        "image_id 1",
    ):
        assert any(part in sentence for sentence in told)


def test_the_check_finds_what_only_the_whole_set_shows(picture):
    nothing = {"boxes": [], "labels": []}
    (problem,) = check_detection(DetectionDS([(picture, nothing)] * 3, classes=["ant"]))
    assert "has no object at all" in str(problem)
    (problem,) = check_detection(DetectionDS([(picture, annotated())], classes=["ant", "bee", "cow", "dog"]))
    assert "has no object of: cow, dog" in str(problem)
    assert (
        check_detection(DetectionDS([(picture, annotated()), (picture, nothing)], classes=["ant", "bee"]))
        == []
    )


def test_the_check_takes_any_data_set(picture):
    sound = DetectionDS([(picture, annotated())])[0]
    assert check_detection([sound]) == []
    left_behind = (sound[0][:, :, :20], sound[1])
    told = [str(problem) for problem in check_detection([sound, left_behind, ("a.png", sound[1])])]
    assert len(told) == 2
    assert "sample 1 has a wrong target" in told[0]
    assert "sample 2 arrives as str" in told[1]


def test_a_transform_that_leaves_boxes_behind_is_found(picture):
    def shrink(image, target):
        return v2.functional.resize(image, [20, 30]), target

    (problem,) = check_detection(DetectionDS([(picture, annotated())], shrink))
    assert "became 20×30 pixels (height×width), but its boxes are still on 40×60" in str(problem)


TINY = [
    [[10, 5, 11, 6], "has an object of 1×1 pixels (width×height): [10, 5, 11, 6]"],
    [[10, 5, 10.02, 20], "has an object of 0.02×15 pixels"],
    [[10, 5, 20, 6.9], "has an object of 10×1.9 pixels"],
]


@pytest.mark.parametrize(("box", "sentence"), TINY)
def test_objects_too_small_to_be_meant(picture, box, sentence):
    (problem,) = check_detection(
        DetectionDS([(picture, annotated(boxes=[box, BOXES[1]]))], classes=["a", "b"])
    )
    assert sentence in str(problem)
    assert problem.fix == "Draw it again, or leave it out."


def test_two_pixels_are_enough_and_crowds_may_be_thin(picture):
    thin = annotated(boxes=[[10, 5, 12, 7], [0, 0, 1, 40]], iscrowd=[0, 1])
    assert check_detection(DetectionDS([(picture, thin)])) == []


def test_what_a_transform_makes_small_is_no_slip(picture):
    shrunk = DetectionDS([(picture, annotated(boxes=[[10, 5, 16, 11], BOXES[1]]))], v2.Resize((10, 15)))
    assert check_detection(shrunk) == []


TWICE = [
    ([[10, 5, 30, 15], [10, 5, 30, 15]], [1, 1], "has one object twice: [10, 5, 30, 15] and [10, 5, 30, 15]"),
    ([[10, 5, 30, 15], [10, 5, 30, 15.2]], [1, 1], "has one object twice"),
    ([[10, 5, 30, 15], [10, 5, 30, 15]], [1, 2], "has one box twice, as ant and as bee: [10, 5, 30, 15]"),
]


@pytest.mark.parametrize(("boxes", "labels", "sentence"), TWICE)
def test_objects_annotated_twice(picture, boxes, labels, sentence):
    items = [(picture, annotated()), (picture, annotated(boxes=boxes, labels=labels))]
    (problem,) = check_detection(DetectionDS(items, classes=["ant", "bee"]))
    assert sentence in problem.what
    assert problem.fix == "Leave one of the two out."


@pytest.mark.parametrize("wrong", [[30, 5, 10, 9], [5, 5, 5, 9], [0, 0, 400, 9], [0, 0, 1, float("nan")]])
def test_a_double_is_told_beside_a_wrong_box_of_its_picture(picture, wrong):
    double = annotated(boxes=[wrong, BOXES[0], BOXES[0]], labels=[1, 1, 1])
    *wrong_ones, last = check_detection(DetectionDS([(picture, double)], classes=["ant"]))
    assert wrong_ones
    assert all("has a wrong target" in problem.what for problem in wrong_ones)
    assert "has one object twice: [10, 5, 30, 15] and [10, 5, 30, 15]" in last.what


def test_a_class_that_does_not_exist_has_a_double_all_the_same(picture):
    double = annotated(boxes=[BOXES[0], BOXES[0]], labels=[1, 7])
    _wrong, told = check_detection(DetectionDS([(picture, double)], classes=["ant"]))
    assert "has one box twice, as ant and as class 7" in told.what


@pytest.mark.parametrize(
    ("second", "labels", "crowd"),
    [([10, 5, 30, 14], [1, 1], 0), ([10, 5, 30, 15.2], [1, 2], 0), ([10, 5, 30, 15], [1, 1], 1)],
    ids=["another object", "of another class", "a crowd around it"],
)
def test_neighbours_that_are_no_doubles(picture, second, labels, crowd):
    items = [(picture, annotated(boxes=[BOXES[0], second], labels=labels, iscrowd=[0, crowd]))]
    assert check_detection(DetectionDS(items)) == []


def test_a_problem_does_not_advise_the_check_that_found_it(picture):
    dataset = DetectionDS([(picture, annotated(labels=[0, 1]))])
    (problem,) = check_detection(dataset)
    assert "check_detection" not in str(problem)
    assert problem.fix == "0 is the background: number your classes from 1. Mend the annotation."
    with pytest.raises(
        OSError, match=r"number your classes from 1\. `vislearn check` lists .*check_detection\(dataset\)\."
    ):
        dataset[0]


def test_classes_without_objects_are_told_of_whole_sets_only(picture):
    dataset = DetectionDS([(picture, annotated())], classes=["ant", "bee", "cow"])
    assert "has no object of: cow" in str(check_detection(dataset)[0])
    assert check_detection(dataset, whole=False) == []
