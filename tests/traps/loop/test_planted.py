"""Mistakes planted into right loops, wherever they fit, by small rewrites of their source."""

import ast
import inspect
import runpy
import textwrap
import warnings
from pathlib import Path

import pytest

RIGHT = runpy.run_path(str(Path(__file__).with_name("right_loops.py")))
LOOPS = RIGHT["LOOPS"]


class Rewrite(ast.NodeTransformer):
    """Counts what it changed; a place that does not take it is left alone."""

    def __init__(self):
        self.changed = 0

    def calls(self, node, *names):
        """Whether a statement is nothing but ``….name(…)``."""
        call = node.value if isinstance(node, ast.Expr) else node
        return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in names

    def gone(self, _node):
        self.changed += 1
        return ast.Pass()


class NoZeroGrad(Rewrite):
    def visit_Expr(self, node):
        return self.gone(node) if self.calls(node, "zero_grad") else node


class NoEval(Rewrite):
    def visit_Expr(self, node):
        whole = self.calls(node, "eval") and isinstance(node.value.func.value, ast.Name)
        return self.gone(node) if whole and node.value.func.value.id in ("model", "student", "net") else node


class NoTrain(Rewrite):
    def visit_Expr(self, node):
        whole = self.calls(node, "train") and isinstance(node.value.func.value, ast.Name)
        return self.gone(node) if whole else node


class NoNoGrad(Rewrite):
    def visit_With(self, node):
        self.generic_visit(node)
        kept = [item for item in node.items if not self.calls(item.context_expr, "no_grad", "inference_mode")]
        if len(kept) < len(node.items):
            self.changed += 1
            replaced = ast.If(test=ast.Constant(True), body=node.body, orelse=[])
            return ast.With(items=kept, body=node.body) if kept else replaced
        return node


class Softmax(Rewrite):
    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "cross_entropy":
            self.changed += 1
            node.args[0] = ast.parse("F.softmax(x, 1)", mode="eval").body
            node.args[0].args[0] = self.scores
        return node

    def visit(self, node):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "cross_entropy":
            self.scores = node.args[0]
        return super().visit(node)


class SchedulerFirst(Rewrite):
    """The schedule's move goes to the head of its loop."""

    def visit_For(self, node):
        self.generic_visit(node)
        for at, line in enumerate(node.body):
            if self.calls(line, "step") and "sched" in ast.unparse(line) and not line.value.args:
                self.changed += 1
                node.body = [line, *node.body[:at], *node.body[at + 1 :]]
                break
        return node


class SchedulePerEpoch(Rewrite):
    """The schedule's move goes out of the inner loop, behind it."""

    def visit_For(self, node):
        self.generic_visit(node)
        for at, inner in enumerate(node.body):
            moves = [line for line in getattr(inner, "body", []) if "sched" in ast.unparse(line)]
            if isinstance(inner, ast.For) and moves:
                self.changed += 1
                inner.body = [line for line in inner.body if line not in moves]
                node.body = [*node.body[: at + 1], *moves, *node.body[at + 1 :]]
                break
        return node


class SchedulePerBatch(Rewrite):
    """The schedule's move goes into the first inner loop."""

    def visit_For(self, node):
        inner = next((line for line in node.body if isinstance(line, ast.For)), None)
        moves = [line for line in node.body if self.calls(line, "step") and "sched" in ast.unparse(line)]
        if inner is not None and moves and not moves[0].value.args:
            self.changed += 1
            node.body = [line for line in node.body if line not in moves]
            inner.body += moves
        return node


class Moving(Rewrite):
    """The frozen part is not put to rest."""

    def visit_Expr(self, node):
        part = self.calls(node, "eval") and isinstance(node.value.func.value, ast.Attribute)
        return self.gone(node) if part else node


class Bytes(Rewrite):
    """Pictures in 0..255 go into the network."""

    form = "(images * 255).round()"

    def visit_Call(self, node):
        self.generic_visit(node)
        whose = node.func.id if isinstance(node.func, ast.Name) else ""
        if whose in ("model", "student", "net") and node.args:
            self.changed += 1
            pictures = ast.unparse(node.args[0])
            node.args[0] = ast.parse(self.form.replace("images", f"({pictures})"), mode="eval").body
        return node


class Twice(Bytes):
    form = "((images - 0.5) / 0.5 - 0.5) / 0.5"


class Blackened(Bytes):
    """Pictures in 0..1 are divided by 255 once more."""

    form = "images / 255"


class NormalisedBytes(Bytes):
    """Mean and std of 0..1 are taken off pictures in 0..255."""

    form = "((images * 255).round() - 0.5) / 0.5"


class AfterOptimizer(Rewrite):
    """A line comes behind the one in which the optimizer of the whole model is made."""

    line = ""

    def visit_Assign(self, node):
        if getattr(node.targets[0], "id", "") == "optimizer" and "model.parameters()" in ast.unparse(node):
            self.changed += 1
            return [node, ast.parse(self.line).body[0]]
        return node


class StaleOptimizer(AfterOptimizer):
    """The model is made anew after its optimizer."""

    line = "model = copy.deepcopy(model)"


class HeadAfterwards(AfterOptimizer):
    line = "model.head = nn.Linear(4, 3)"


class Detached(AfterOptimizer):
    """The features reach the head without the way they came."""

    line = "model.features.register_forward_hook(lambda layer, images, features: features.detach())"


class OnlyFeatures(Rewrite):
    """The optimizer gets a part of the model."""

    def visit_Assign(self, node):
        if getattr(node.targets[0], "id", "") == "optimizer" and "model.parameters()" in ast.unparse(node):
            self.changed += 1
            return ast.parse(ast.unparse(node).replace("model.parameters", "model.features.parameters")).body
        return node


class MadeAnew(Rewrite):
    """The optimizer is made once more at the beginning of every epoch."""

    def visit_FunctionDef(self, node):
        self.line = next(
            (
                one
                for one in node.body
                if getattr(getattr(one, "targets", [None])[0], "id", "") == "optimizer"
            ),
            None,
        )
        self.generic_visit(node)
        return node

    def visit_For(self, node):
        if self.line is not None and "epoch" in ast.unparse(node.target):
            self.changed += 1
            node.body = [self.line, *node.body]
        return node


class ClearedTooLate(Rewrite):
    """Gradients are cleared between backward and step."""

    def visit_For(self, node):
        self.generic_visit(node)
        lines = node.body
        steps = [at for at, line in enumerate(lines) if ast.unparse(line) == "optimizer.step()"]
        clear = [at for at, line in enumerate(lines) if self.calls(line, "zero_grad")]
        if len(steps) == len(clear) == 1:
            self.changed += 1
            line, before = lines[clear[0]], lines[: steps[0]]
            node.body = [*(one for one in before if one is not line), line, *lines[steps[0] :]]
        return node


class NeverMoved(Rewrite):
    """Nobody moves the schedule."""

    def visit_Expr(self, node):
        moves = self.calls(node, "step") and "sched" in ast.unparse(node)
        return self.gone(node) if moves else node


class OnlyNamed(Rewrite):
    """``requires_grad_(False)`` becomes a setting of the layer."""

    def visit_Expr(self, node):
        if self.calls(node, "requires_grad_") and isinstance(node.value.args[0], ast.Constant):
            self.changed += 1
            owner = ast.unparse(node.value.func.value)
            return ast.parse(f"{owner}.requires_grad = {node.value.args[0].value}").body[0]
        return node


class Sigmoid(Softmax):
    """Probabilities go into a loss that makes them itself."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if getattr(node.func, "attr", "") == "binary_cross_entropy_with_logits":
            self.changed += 1
            node.args[0] = ast.parse(f"torch.sigmoid({ast.unparse(node.args[0])})", mode="eval").body
        return node


class NoLogSoftmax(Rewrite):
    def visit_Call(self, node):
        self.generic_visit(node)
        if getattr(node.func, "attr", "") == "log_softmax":
            self.changed += 1
            return node.args[0]
        return node


class ForgottenGroup(Rewrite):
    def visit_Expr(self, node):
        return self.gone(node) if self.calls(node, "add_param_group") else node


# trap -> rewrite and the loops into which it fits
PLANTED = {
    "zero_grad_forgotten": (
        NoZeroGrad,
        "plain classification_reference onecycle plateau accumulation accumulation_first "
        "frozen_extractor frozen_by_no_grad features_kept_once gan_only_drawer_given "
        "evaluation_inside momentum_encoder distillation pseudo_labels closure_of_a_trainer "
        "half_precision scaler_that_skips segmentation_reference detection_reference tensors_only "
        "two_parts_two_optimizers one_set_two_samplers parts_and_early_stopping endless_batches "
        "gray_normalised scales_inside several_labels closure gan",
    ),
    "missing_eval": (
        NoEval,
        "plain segmentation_reference closure_of_a_trainer evaluation_inside one_set_two_samplers "
        "endless_batches gray_normalised scales_inside several_labels half_precision tensors_only",
    ),
    "missing_train": (
        NoTrain,
        "plain onecycle plateau distillation closure_of_a_trainer half_precision "
        "segmentation_reference tensors_only two_parts_two_optimizers one_set_two_samplers "
        "parts_and_early_stopping endless_batches gray_normalised scales_inside several_labels "
        "evaluation_inside classification_reference pseudo_labels",
    ),
    "missing_no_grad": (
        NoNoGrad,
        "plain closure_of_a_trainer half_precision segmentation_reference one_set_two_samplers "
        "endless_batches scales_inside several_labels evaluation_inside",
    ),
    "softmax_before_cross_entropy": (
        Softmax,
        "plain onecycle plateau accumulation accumulation_first frozen_extractor frozen_by_no_grad "
        "features_kept_once closure closure_of_a_trainer sharpness_aware half_precision tensors_only "
        "two_parts_two_optimizers cleared_by_hand gradients_put_in_place one_set_two_samplers "
        "endless_batches scales_inside parts_and_early_stopping segmentation_reference",
    ),
    "scheduler_first": (
        SchedulerFirst,
        "plain onecycle onecycle_by_epoch closure_of_a_trainer parts_and_early_stopping "
        "gray_normalised endless_batches classification_reference",
    ),
    "onecycle_stepped_per_epoch": (SchedulePerEpoch, "onecycle"),
    "stepped_per_batch": (SchedulePerBatch, "gray_normalised closure_of_a_trainer plain"),
    "frozen_batchnorm_moves": (Moving, "frozen_extractor"),
    "never_scaled": (
        Bytes,
        "plain classification_reference onecycle plateau accumulation accumulation_first "
        "frozen_extractor closure closure_of_a_trainer sharpness_aware half_precision tensors_only "
        "two_parts_two_optimizers evaluation_inside cleared_by_hand gradients_put_in_place "
        "one_set_two_samplers endless_batches distillation pseudo_labels several_labels "
        "parts_and_early_stopping segmentation_reference",
    ),
    "normalized_twice": (
        Twice,
        "plain classification_reference onecycle plateau accumulation frozen_extractor closure "
        "closure_of_a_trainer half_precision tensors_only evaluation_inside cleared_by_hand "
        "several_labels",
    ),
    "nothing_trainable": (
        StaleOptimizer,
        "plain onecycle plateau accumulation evaluation_inside closure tensors_only cleared_by_hand "
        "one_set_two_samplers endless_batches several_labels parts_and_early_stopping",
    ),
    "unfrozen_too_late": (ForgottenGroup, "gradual_unfreezing"),
    "scaled_twice": (
        Blackened,
        "plain classification_reference onecycle plateau accumulation accumulation_first "
        "frozen_extractor evaluation_inside distillation pseudo_labels closure closure_of_a_trainer "
        "sharpness_aware half_precision scaler_that_skips segmentation_reference tensors_only "
        "two_parts_two_optimizers cleared_by_hand gradients_put_in_place one_set_two_samplers "
        "parts_and_early_stopping endless_batches several_labels",
    ),
    "new_head_not_held": (
        HeadAfterwards,
        "plain onecycle onecycle_by_epoch plateau accumulation accumulation_first batchnorm_at_rest "
        "whole_model_in_eval evaluation_inside weight_average_with_fresh_statistics pseudo_labels "
        "closure closure_of_a_trainer sharpness_aware half_precision scaler_that_skips tensors_only "
        "new_optimizer_after_unfreezing cleared_by_hand gradients_put_in_place one_set_two_samplers "
        "parts_and_early_stopping endless_batches gray_normalised scales_inside several_labels "
        "noise_as_pictures resumed",
    ),
    "part_without_gradients": (
        Detached,
        "plain onecycle onecycle_by_epoch plateau accumulation accumulation_first batchnorm_at_rest "
        "evaluation_inside weight_average_with_fresh_statistics pseudo_labels closure "
        "closure_of_a_trainer half_precision scaler_that_skips tensors_only cleared_by_hand "
        "new_optimizer_after_unfreezing one_set_two_samplers parts_and_early_stopping endless_batches "
        "dropout_while_judging gray_normalised scales_inside several_labels noise_as_pictures resumed",
    ),
    # where somebody says that the model trains; in the eleven others a head at rest may be meant
    "part_nobody_holds": (
        OnlyFeatures,
        "plain onecycle plateau batchnorm_at_rest evaluation_inside pseudo_labels "
        "weight_average_with_fresh_statistics closure_of_a_trainer half_precision tensors_only "
        "one_set_two_samplers parts_and_early_stopping endless_batches gray_normalised scales_inside "
        "several_labels",
    ),
    # three epochs, and an optimizer or a schedule that remembers
    "made_anew": (MadeAnew, "onecycle onecycle_by_epoch plateau accumulation_first closure gray_normalised"),
    "steps_without_gradients": (
        ClearedTooLate,
        "plain classification_reference onecycle plateau frozen_extractor frozen_by_no_grad "
        "features_kept_once evaluation_inside momentum_encoder distillation pseudo_labels "
        "segmentation_reference detection_reference tensors_only one_set_two_samplers "
        "parts_and_early_stopping endless_batches gray_normalised scales_inside several_labels",
    ),
    "scheduler_never_moves": (
        NeverMoved,
        "plain classification_reference onecycle onecycle_by_epoch plateau closure_of_a_trainer "
        "scaler_that_skips segmentation_reference parts_and_early_stopping endless_batches "
        "gray_normalised resumed",
    ),
    "module_not_frozen": (OnlyNamed, "features_kept_once gradual_unfreezing"),
    "sigmoid_before_loss": (Sigmoid, "gan"),
    "nll_without_log_softmax": (NoLogSoftmax, "gray_normalised"),
}


def planted(rewrite, loop):
    """The function with the mistake in it; refused is a rewrite that changes nothing."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(LOOPS[loop])))
    change = rewrite()
    tree = ast.fix_missing_locations(change.visit(tree))
    assert change.changed, f"{rewrite.__name__} fits nowhere in {loop}"
    names = dict(RIGHT)
    exec(compile(tree, f"<{loop}>", "exec"), names)
    return names[loop]


# Ends in code that could be meant: everything is learned in eval mode, from before the first step.
MISSED = {("missing_train", "closure_of_a_trainer")}

CASES = [
    pytest.param(
        trap, rewrite, loop, id=f"{trap}-{loop}", marks=[pytest.mark.xfail] * ((trap, loop) in MISSED)
    )
    for trap, (rewrite, loops) in PLANTED.items()
    for loop in loops.split()
]


@pytest.mark.parametrize(("trap", "rewrite", "loop"), CASES)
def test_it_is_found(trap, rewrite, loop, found):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
        assert trap in found(planted(rewrite, loop))
