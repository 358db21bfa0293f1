import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models
from torchvision.models import get_model, get_model_weights, list_models

from vislearn.errors import InputError
from vislearn.models import TASKS, catalog


def test_every_network_is_listed_once_under_a_task():
    found = catalog()
    assert [one.name for one in found] == list_models()
    assert {one.task for one in found} == set(TASKS)


def test_each_entry_says_what_its_weights_enum_says():
    for one in catalog():
        weights = get_model_weights(one.name)[one.weights]
        assert weights is get_model_weights(one.name)["DEFAULT"]
        assert (one.parameters, one.operations, one.file_mb) == (
            weights.meta["num_params"],
            weights.meta["_ops"],
            weights.meta["_file_size"],
        )
        assert one.scores == weights.meta["_metrics"][one.data]
        assert one.license == weights.meta.get("license", "")
        assert one.score in one.scores.values()


@pytest.mark.parametrize(
    ("task", "module"),
    [
        ("segmentation", models.segmentation),
        ("video", models.video),
        ("optical flow", models.optical_flow),
        ("int8 classification", models.quantization),
        ("classification", models),
    ],
)
def test_tasks_are_torchvision_s_modules(task, module):
    assert [one.name for one in catalog(task)] == list_models(module=module)


def test_detectors_and_keypoints_are_two_tasks():
    both = [one.name for one in (*catalog("detection"), *catalog("keypoints"))]
    assert sorted(both) == sorted(list_models(module=models.detection))


def test_some_weights_have_a_licence_of_their_own_and_first_scores_are_the_usual_ones():
    listed = {one.name: one for one in catalog()}
    assert "SWAG" in listed["vit_h_14"].license
    assert listed["resnet50"].license == ""
    assert listed["resnet50"].score == 80.858
    assert listed["keypointrcnn_resnet50_fpn"].score == 54.6  # of boxes; "kp_map" is among the scores
    assert listed["deeplabv3_resnet50"].score == 66.4


def test_operations_are_multiply_adds_half_of_what_torch_counts():
    listed = next(one for one in catalog("classification") if one.name == "squeezenet1_1")
    with torch.device("meta"):
        model = get_model("squeezenet1_1", weights=None)
        with FlopCounterMode(display=False) as counter:
            model(torch.empty(1, 3, 224, 224))
    assert counter.get_total_flops() / 1e9 == pytest.approx(2 * listed.operations, abs=0.002)


def test_no_such_task():
    with pytest.raises(InputError, match="task must be one of"):
        catalog("classificaton")
