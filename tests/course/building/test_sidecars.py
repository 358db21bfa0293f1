import json

import pytest

from vislearn.course.building.checker import check
from vislearn.course.building.sidecars import renew_sidecar, sidecar_folder, sidecar_of, sidecar_problems
from vislearn.course.building.source import read_lesson
from vislearn.sidecar import code_digest

SOURCE = """\
# %% [markdown]
# # Bars

# %%
#| fig-alt: Two bars.
#| within: 0.1
#| words: [large]
#| fold: It draws.
vl.viz.bars(a)

# %% [markdown] ask="sum"
# What is 1 + 1?
#
# - [ ] one
#   Too small.
# - [x] two
#   One more than one.

# %%
x = 1

# %% tags=["exercise:pipeline.to_unit_range"]
"""
BENGALI = {
    "Bars": "বার",
    "Two bars.": "দুটি বার।",
    "large": "বড়",
    "It draws.": "এটি আঁকে।",
    "What is 1 + 1?": "1 + 1 কত?",
    "one": "এক",
    "Too small.": "খুব ছোট।",
    "two": "দুই",
    "One more than one.": "একের চেয়ে এক বেশি।",
}


@pytest.fixture
def parsed(make_lesson):
    return read_lesson(make_lesson(SOURCE))


def test_a_lesson_with_nothing_to_say_has_none(lesson):
    plain = read_lesson(lesson)
    assert sidecar_of(plain, "en") == {}
    renew_sidecar(plain, "en", sidecar_folder(lesson.root))
    assert not sidecar_folder(lesson.root).exists()
    assert sidecar_problems(plain, "en") == []


def test_what_a_kernel_must_know(parsed):
    draw, ask, _x = (code_digest(code) for code in ("vl.viz.bars(a)", 'vl.widgets.ask("01.sum")', "x = 1"))
    found = sidecar_of(parsed, "en")
    assert found["options"] == {draw: {"fig-alt": ["Two bars."], "within": 0.1}}
    assert found["words"] == {}
    assert list(found["questions"]) == ["sum"]
    assert found["cells"]["ask-sum"] == ask
    assert len(found["cells"]) == 3  # a learner's own answer is no cell of the lesson


def test_in_another_language(parsed, translate_lesson):
    translate_lesson(parsed.lesson, BENGALI)
    found = sidecar_of(parsed, "bn")
    assert next(iter(found["options"].values()))["fig-alt"] == ["দুটি বার।"]
    assert found["words"] == {"large": "বড়"}
    assert found["questions"]["sum"]["answers"][1] == {
        "text": "দুই",
        "reason": "একের চেয়ে এক বেশি।",
        "right": True,
    }
    assert found["cells"] == sidecar_of(parsed, "en")["cells"]


def test_one_that_is_missing_or_stale_is_a_problem(parsed, make_lesson, pretend_built):
    pretend_built(parsed.lesson)

    def problems():
        return [(problem.where, problem.what) for problem in check([parsed.lesson], "en")]

    assert problems() == [("vislearn/lessons/01_tiny/en.json", "is missing")]
    renew_sidecar(parsed, "en", sidecar_folder(parsed.lesson.root))
    assert problems() == []
    make_lesson(SOURCE.replace("Two bars", "Three bars"))
    assert ("vislearn/lessons/01_tiny/en.json", "is not what the lesson's source says") in problems()


def test_it_goes_when_its_lesson_has_nothing_left_to_say(parsed, make_lesson):
    folder = sidecar_folder(parsed.lesson.root)
    renew_sidecar(parsed, "en", folder)
    assert json.loads((folder / "01_tiny/en.json").read_text(encoding="utf-8")) == sidecar_of(parsed, "en")
    plain = make_lesson("# %% [markdown]\n# # Bars\n\n# %%\nx = 1\n")
    renew_sidecar(read_lesson(plain), "en", folder)
    assert not (folder / "01_tiny/en.json").exists()


def test_one_without_a_lesson_is_a_problem(lesson):
    path = sidecar_folder(lesson.root) / "02_gone" / "en.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}", encoding="utf-8")
    found = [str(problem) for problem in check(root=lesson.root)]
    assert (
        "vislearn/lessons/02_gone/en.json belongs to no lesson. Delete it, or restore its source"
        in "".join(found)
    )
