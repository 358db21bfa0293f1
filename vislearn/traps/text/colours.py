"""OpenCV's order of colours, where a network expects another."""

import ast

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Source, dotted
from vislearn.traps.trap import Trap

__all__ = ["BLUE_BEFORE_RED"]

_RED_FIRST = (0.485, 0.456, 0.406)  # the mean by which everybody normalises for ImageNet's weights
_GRAY = ("GRAYSCALE", "UNCHANGED", "ANYDEPTH", "COLOR_RGB")


def _blue_first(source: Source) -> Problem | None:
    reads = [call for call in source.calls() if _reads_colours(source, call)]
    if not reads or not _normalises_by_rgb(source) or _knows_of_it(source):
        return None
    return Problem(
        source.where(reads),
        _("reads pictures as BGR, and normalises them by the mean of RGB"),
        _("Write {call}.", call="`cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)`"),
    )


def _reads_colours(source: Source, call: ast.Call) -> bool:
    if source.full_name(call.func) not in ("cv2.imread", "cv2.imdecode"):
        return False
    flags = call.args[1] if len(call.args) > 1 else next((one.value for one in call.keywords), None)
    if flags is None:
        return True
    if isinstance(flags, (ast.Constant, ast.UnaryOp)):
        return isinstance(flags, ast.Constant) and flags.value == 1
    return not any(word in ast.unparse(flags) for word in _GRAY)


def _normalises_by_rgb(source: Source) -> bool:
    numbers = (
        tuple(item.value for item in node.elts if isinstance(item, ast.Constant))
        for node in source.nodes
        if isinstance(node, (ast.List, ast.Tuple))
    )
    return any(one == _RED_FIRST for one in numbers)


def _knows_of_it(source: Source) -> bool:
    """Whether the script exchanges channels somewhere, or speaks of it."""
    return any(_turns(node) for node in source.nodes)


def _turns(node: ast.AST) -> bool:
    if isinstance(node, ast.Slice):  # [..., ::-1]
        return node.step is not None and ast.unparse(node.step) == "-1"
    if isinstance(node, (ast.List, ast.Tuple)):
        return [getattr(one, "value", None) for one in node.elts] in ([2, 1, 0], [-1, -2, -3])
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("flip", "fliplr", "split"):
        return True
    return any("bgr" in word.lower() for word in _words(node))


def _words(node: ast.AST) -> list[str]:
    names = [getattr(node, field, None) for field in ("id", "attr", "arg", "name", "value")]
    return [one for one in names if isinstance(one, str)]


_SCRIPT = """import cv2
from torchvision.models import ResNet18_Weights, resnet18
from torchvision.transforms import v2

model = resnet18(weights=ResNet18_Weights.DEFAULT).eval()
prepare = v2.Compose([
    v2.ToImage(),
    v2.ToDtype(dtype, scale=True),
    v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])

def scores(path):
    picture = cv2.imread(path){turned}
    return model(prepare(picture)[None])
"""

BLUE_BEFORE_RED = Trap(
    "blue_before_red",
    "likely",
    section="13.6",
    broken=_SCRIPT.format(turned=""),
    symptom=N_("Skin is blue as soon as somebody looks, and pretrained weights help less than they should."),
    fixed=_SCRIPT.format(turned="\n    picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)"),
    find=_blue_first,
)
