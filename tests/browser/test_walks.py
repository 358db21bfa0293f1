"""Lessons as a student walks through their beginnings: a question, an answer wrong, then right, and used."""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Walk:
    """What a student does in one lesson, and what it answers.

    Attributes:
        notebook: its file.
        question: its place in the lesson; the first option, a wrong one, is clicked.
        reason: words of what the lesson says to it.
        exercise: its name.
        wrong: an answer's code.
        diagnosis: words of what the check says to it.
        right: an answer's code.
        needs: words of further cells that the exercise and the next one need, in their order.
        use: words of the cell that goes on with the student's function.
        shows: words that it prints.
    """

    notebook: str
    question: str
    reason: str
    exercise: str
    wrong: str
    diagnosis: str
    right: str
    needs: tuple[str, ...]
    use: str
    shows: str


SAYS = {
    "en": ("Noted. Now run the next cell.", "Not this one", "Not yet right", "Right", ": yours."),
    "bn": (
        "আপনার উত্তর রাখা হলো। এবার পরের সেলটি চালান।",
        "এটি নয়",
        "এখনো সঠিক হয়নি",
        "সঠিক",
        ": আপনারটি চলছে।",
    ),
}
WALKS = [
    Walk(
        notebook="02_transfer_learning.ipynb",
        question="02.learning",
        reason="A new layer comes with its switches on.",
        exercise="transfer.freeze",
        wrong="def freeze(model):\n    for layer in model.children():\n        layer.requires_grad = False\n"
        "    return model",
        diagnosis="A model or a layer has no switch",
        right="def freeze(model):\n    return model.requires_grad_(False)",
        needs=("def replace_head(",),
        use="by_hand = replace_head(",
        shows="['fc.weight', 'fc.bias']",
    ),
    Walk(
        notebook="03_training_loop.ipynb",
        question="03.surer",
        reason="The one sure mistake costs more than nine.",
        exercise="training.cross_entropy",
        wrong="def cross_entropy(logits, target):\n"
        "    return -logits.softmax(1).log()[torch.arange(len(target)), target].mean()",
        diagnosis="log_softmax does both in one step",
        right="def cross_entropy(logits, target):\n"
        "    return -logits.log_softmax(1).gather(1, target[:, None]).mean()",
        needs=(),
        use="perfect.softmax(dim=1)",
        shows="softmax first: 1.46",
    ),
    Walk(
        notebook="06_vision_ops.ipynb",
        question="06.shift",
        reason="A tenth is missing along each axis",
        exercise="vision.iou_matrix",
        wrong="def iou_matrix(boxes1, boxes2):\n"
        "    top = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])\n"
        "    shared = (torch.minimum(boxes1[:, None, 2:], boxes2[:, 2:]) - top).prod(2)\n"
        "    area = [(b[:, 2:] - b[:, :2]).prod(1) for b in (boxes1, boxes2)]\n"
        "    return shared / (area[0][:, None] + area[1] - shared)",
        diagnosis="Boxes that are apart get an overlap",
        right="def iou_matrix(boxes1, boxes2):\n"
        "    top = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])\n"
        "    end = torch.minimum(boxes1[:, None, 2:], boxes2[:, 2:])\n"
        "    shared = (end - top).clamp(min=0).prod(2)\n"
        "    area = [(b[:, 2:] - b[:, :2]).prod(1) for b in (boxes1, boxes2)]\n"
        "    return shared / (area[0][:, None] + area[1] - shared)",
        needs=(),
        use="corner, side = torch.rand(200, 2)",
        shows="largest difference over 40000 pairs = 0",
    ),
    Walk(
        notebook="bn/04_detection.ipynb",
        question="04.mirror",
        reason="self.transforms(image)",
        exercise="detection.collate",
        wrong="def collate(batch):\n    return batch",
        diagnosis="zip(*batch)",
        right="def collate(batch):\n    return tuple(map(list, zip(*batch)))",
        needs=("to_float = ",),
        use='use("detection.collate"',
        shows="[(3, 128, 128), (3, 128, 128), (3, 128, 128), (3, 128, 128)]",
    ),
    Walk(
        notebook="bn/00_overview.ipynb",
        question="00.retina",
        reason="কেউ কখনো",
        exercise="overview.class_name",
        wrong="def class_name(logits, names):\n    return int(logits.argmax())",
        diagnosis="এটি সবচেয়ে বড় স্কোরের অবস্থান।",
        right="def class_name(logits, names):\n    return names[int(logits.argmax())]",
        needs=("from vislearn.exercises import", "to_numbers = ", "def network(", "names = ["),
        use="pad = vl.widgets.draw()",
        shows="সব মুছুন",
    ),
]


@pytest.fixture(params=WALKS, ids=lambda walk: walk.notebook)
def walk(request):
    """A student's way through one lesson."""
    return request.param


def test_a_student_s_first_steps(lab, page, walk):
    noted, not_this_one, not_yet, right, yours = SAYS["bn" if walk.notebook.startswith("bn/") else "en"]
    lesson = lab.open(page, walk.notebook)
    asked = lesson.showing(f'ask("{walk.question}")')
    run_until(lesson, asked)

    lesson.output(asked).get_by_role("button").nth(0).click()
    lesson.output(asked).get_by_text(noted).wait_for()
    lesson.succeeds(asked + 1)
    lesson.output(asked).get_by_text(not_this_one).wait_for()
    assert walk.reason in lesson.output(asked).inner_text()

    for words in walk.needs:
        lesson.succeeds(lesson.first_with(words))
    verdict = lesson.answered(walk.exercise, walk.wrong)
    assert not_yet in verdict
    assert walk.diagnosis in verdict
    assert f"✓ {right}" in lesson.answered(walk.exercise, walk.right)

    said = lesson.said(lesson.showing(walk.use))
    assert walk.exercise.split(".")[1] + yours in said
    assert walk.shows in said


def run_until(lesson, last):
    """Run the code cells up to one, that one too."""
    for number, cell in enumerate(lesson.cells()[: last + 1]):
        if cell["type"] == "code":
            lesson.succeeds(number)
