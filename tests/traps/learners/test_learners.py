"""What people asked about, told again before anybody looked at how the detectors work, and right programs.

The first of two lots was run before any detector was mended, the second only afterwards.
"""

import inspect
import runpy
import textwrap
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from vislearn.traps import check as real_check
from vislearn.traps import watch as real_watch
from vislearn.traps.text.linted import TEXT_TRAPS
from vislearn.traps.text.source import Source
from vislearn.traps.trap import found_in

HERE = Path(__file__).parent
LOOPS, DATA, RIGHT = (runpy.run_path(str(HERE / f"{name}.py")) for name in ("loops", "data", "right"))
IMPORTS = """import copy
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim import lr_scheduler


"""

# program -> the trap that must be named; nothing: it is missed, for the reason beside it
FIRST = {
    "losses_that_hold_their_graphs": "graphs_kept",
    "a_hand_divided_twice": "pictures_squashed",
    "an_evaluation_that_turns_training_on": "missing_eval",
    "a_resumed_schedule_that_begins_again": "",  # what was before is in a file
    "features_without_gradients_that_were_to_learn": "part_without_gradients",
    "only_the_picture_is_resized": "wrong_boxes",
    "cleared_between_backward_and_step": "steps_without_gradients",
    "clipped_while_still_scaled": "",  # nobody looks at clipping
    "annotations_resized_as_pictures": "mask_interpolated",
    "the_mean_taken_off_before_the_division": "",  # the numbers are a picture's, if a dull one's
    "corners_in_the_wrong_order": "",  # four numbers of a plain tensor may be centre and size
    "transfer_learning_without_clearing": "zero_grad_forgotten",
    "image_and_mask_drawn_for_apart": "boxes_left_behind",
    "a_plateau_that_is_given_the_accuracy": "plateau_the_wrong_way",
    "one_generator_for_all_workers": "shared_generator",
    "a_split_after_the_augmentation": "chance_in_validation",
    "masks_of_255_for_a_binary_loss": "mask_of_gray_levels",
    "standardised_for_bytes_after_scaling": "pictures_squashed",
    "one_cycle_moved_by_an_early_stopper": "onecycle_stepped_per_epoch",
    "augmented_before_it_was_split": "",  # pictures of a set like this one look alike within a part, too
    "an_extractor_that_detaches": "part_without_gradients",
    "annotations_of_coco_taken_as_they_are": "",  # wide and high boxes look like corners
    "a_validation_that_keeps_gradients_ready": "missing_no_grad",
    "a_freeze_bn_that_train_undoes": "frozen_batchnorm_moves",
    "photos_of_a_phone_lying_on_their_side": "exif_ignored",
    "aircraft_one_kind_after_the_other": "not_shuffled",
    "validation_in_the_middle_of_an_epoch": "missing_train",
    "an_encoder_that_nobody_holds": "part_nobody_holds",
    "a_unet_that_validates_with_no_grad_only": "missing_eval",
    "eight_of_ten_without_a_tumour": "imbalance_hidden",
    "a_split_that_takes_the_whole": "leakage",
    "a_frozen_network_whose_batchnorm_goes_on": "frozen_batchnorm_moves",
    "a_cosine_of_batches_moved_by_epochs": "cosine_stepped_per_epoch",
    "masks_that_to_tensor_divides": "mask_of_gray_levels",
    "a_flip_whose_result_nobody_takes": "",  # boxes are where boxes may be
    "a_demo_in_train_mode": "missing_eval",
    "randaugment_for_the_held_out_part": "chance_in_validation",
    "a_fit_that_looks_at_the_loss": "missing_train",
    "a_focal_loss_with_a_sigmoid_too_many": "sigmoid_before_loss",
}
SECOND = {
    "constants_of_one_for_bytes": "normalized_before_scaling",  # missed, and mended since
    "viewed_instead_of_turned": "channels_scrambled",
    "lanes_that_pass_two_sigmoids": "sigmoid_before_loss",
    "clipped_after_the_step": "",  # nobody looks at clipping
    "layers_in_a_list": "layers_in_a_list",
    "patients_on_both_sides": "",  # two pictures of one person are no copies
    "step_lr_of_a_tutorial_in_the_batch_loop": "stepped_per_batch",  # missed, and mended since
    "an_adversarial_loss_that_was_made_a_number": "",  # the network learns, by the other loss
    "corner_and_size_given_as_corners": "wrong_boxes",
    "accumulation_that_clears_every_small_batch": "",  # a step for the last of four batches may be meant
    "names_numbered_from_zero": "labels_from_zero",
    "softmax_for_cifar_outside_the_network": "softmax_before_cross_entropy",
    "half_of_the_corners_mirrored": "wrong_boxes",
    "the_best_weights_are_the_last": "",  # nobody looks at what is kept
    "unfrozen_but_filtered_before": "unfrozen_too_late",
    "a_vae_whose_decoder_is_not_held": "part_nobody_holds",
    "frozen_on_the_way_with_momentum": "frozen_parameters_move",
    "a_schedule_that_moves_before_the_epoch": "scheduler_first",
    "an_accuracy_of_unequal_batches": "",  # the mean is nobody's but the reader's
    "faces_larger_than_their_picture": "wrong_boxes",
    "frames_of_one_video_split_by_chance": "",  # as above: alike within a part, too
    "features_for_retrieval_in_train_mode": "missing_eval",
}
TEXTS = {
    "https://github.com/likyoo/Siam-NestedUNet/issues/3": ["no_main_guard"],
    "https://github.com/xiaomengyc/SG-One/issues/6": ["blue_before_red"],
    "https://github.com/vinhkhuc/PyTorch-Mini-Tutorials/issues/1": [],  # from function to function
}
ASKED = FIRST | SECOND


def names_in(program, **given):
    """The traps that a program falls into, whichever detector tells."""
    torch.manual_seed(0)
    found = []

    @contextmanager
    def watch(*parts):
        with real_watch(*parts, say=None) as watched:
            yield watched
        found.extend(watched.found)

    def check(*loaders):
        found.extend(real_check(*loaders).found)

    tools = {"watch": watch, "check": check, **given}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
        program(*(tools[name] for name in inspect.signature(program).parameters))
    found += found_in(Source(IMPORTS + textwrap.dedent(inspect.getsource(program))), TEXT_TRAPS)
    return [one.trap.name for one in found]


def programs(module):
    """What a module defines itself, and asks for a detector."""
    return {
        name: one
        for name, one in module.items()
        if inspect.isfunction(one) and {"watch", "check"} & {*inspect.signature(one).parameters}
    }


def test_each_has_its_question_and_its_answer():
    asked = programs(LOOPS) | programs(DATA)
    assert set(asked) == set(ASKED)
    assert all(one.__doc__.startswith("https://") for one in asked.values())
    assert set(DATA["SCRIPTS"]) == set(TEXTS)
    assert len(ASKED) + len(TEXTS) == 64


@pytest.mark.parametrize("name", [name for name, trap in ASKED.items() if trap])
def test_what_somebody_asked_about_is_found(name, tmp_path):
    program = (programs(LOOPS) | programs(DATA))[name]
    assert ASKED[name] in names_in(program, folder_of_files=tmp_path)


@pytest.mark.parametrize("name", [name for name, trap in ASKED.items() if not trap])
def test_of_what_is_missed_nothing_wrong_is_said(name, tmp_path):
    program = (programs(LOOPS) | programs(DATA))[name]
    assert names_in(program, folder_of_files=tmp_path) == []


@pytest.mark.parametrize("link", TEXTS)
def test_a_script(link):
    source = Source(DATA["SCRIPTS"][link])
    assert [one.trap.name for one in found_in(source, TEXT_TRAPS)] == TEXTS[link]


@pytest.mark.parametrize("name", programs(RIGHT))
def test_right_programs_are_silent(name):
    assert names_in(programs(RIGHT)[name]) == []
