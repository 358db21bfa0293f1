import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from vislearn.course.building import builder
from vislearn.course.building.builder import build
from vislearn.course.building.checker import check
from vislearn.course.building.seconds import measured_rows
from vislearn.course.problems import CellError, TranslationError
from vislearn.errors import FileError

TITLE = "# %% [markdown]\n# # T\n\n# %%\n"


def test_nothing_to_build(tmp_path):
    assert build(root=tmp_path) == []


def test_both_languages_are_built_alike_and_are_what_their_sources_say(lesson, translate_lesson):
    translate_lesson(lesson)
    said = []
    assert build([lesson], progress=said.append) == [lesson.notebook(), lesson.notebook("bn")]
    assert check(root=lesson.root) == []
    english, bengali = (nbformat.read(lesson.notebook(code), as_version=4) for code in ("en", "bn"))
    code = [[cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (english, bengali)]
    assert code[0] == code[1]
    assert [cell.outputs[0].get("text") for cell in code[0]] == ["2\n", None]
    assert said[0] == "notebooks/01_tiny.ipynb is running …"
    assert said[1].startswith("notebooks/01_tiny.ipynb is written: ")
    assert [list(row) for row in measured_rows(lesson.root).values()] == [["01_tiny"]]


def test_what_is_up_to_date_is_left_alone_unless_forced_and_comes_out_the_same(make_lesson):
    lesson = make_lesson(f"{TITLE}print(object())\nset('abcdefgh')\n\n# %%\nimport tqdm\n[*tqdm.trange(3)]\n")
    build([lesson], "en")
    first, said = lesson.notebook().read_bytes(), []
    assert build([lesson], "en", said.append) == []
    assert said == ["notebooks/01_tiny.ipynb is up to date"]
    assert build(["01"], "en", root=lesson.root, force=True) == [lesson.notebook()]
    assert lesson.notebook().read_bytes() == first


def test_a_learner_s_answer_is_no_fault_and_is_built_over_only_when_forced(make_lesson, pretend_built):
    exercise = '# %% tags=["exercise:overview.value_range"]\n'
    lesson = make_lesson(f"{TITLE}from torch import Tensor\n\n{exercise}")

    def answer(notebook):
        notebook.cells[2].source = "def value_range(image):\n    return 0, 255"
        notebook.cells[2].execution_count = 12

    pretend_built(lesson, change=answer)
    said = []
    assert check([lesson], "en") == []
    assert build([lesson], "en", said.append) == []
    assert said == ["notebooks/01_tiny.ipynb is left as it is: it holds answers (overview.value_range)"]
    assert "return 0, 255" in lesson.notebook().read_text(encoding="utf-8")
    assert build([lesson], "en", force=True) == [lesson.notebook()]


def test_home_follows_every_lesson_that_was_built_and_is_left_alone_otherwise(make_lesson):
    lesson, home = make_lesson(f"{TITLE}1\n"), make_lesson(f"{TITLE}2\n", "index")
    assert build([lesson, home], "en") == [lesson.notebook(), home.notebook()]
    assert build([lesson, home], "en") == []
    make_lesson(f"{TITLE}3\n")
    assert build([lesson, home], "en") == [lesson.notebook(), home.notebook()]
    assert [list(row) for row in measured_rows(lesson.root).values()] == [["01_tiny"]]


def test_an_edited_source_is_built_again(lesson, make_lesson, pretend_built):
    pretend_built(lesson)
    make_lesson(lesson.source.read_text(encoding="utf-8").replace("x = 1", "x = 20"))
    assert build([lesson], "en") == [lesson.notebook()]
    assert "21" in lesson.notebook().read_text(encoding="utf-8")


@pytest.fixture
def runs(monkeypatch):
    """Count the runs instead of running."""
    runs = []

    def run(notebook, folder, environment):
        runs.append(notebook)
        for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
            cell.execution_count = count
            cell.outputs = [nbformat.v4.new_output("stream", text=f"run {len(runs)}\n")]
        return {}

    monkeypatch.setattr(builder, "run_notebook", run)
    return runs


def test_where_only_prose_has_changed_the_outputs_stand(make_lesson, runs):
    lesson = make_lesson(f"{TITLE}1\n")
    build([lesson], "en")
    make_lesson(f"{TITLE}1\n".replace("# # T", "# # Another title"))
    said = []
    assert build([lesson], "en", said.append) == [lesson.notebook()]
    assert said == ["notebooks/01_tiny.ipynb is written: only its prose has changed, so nothing was run"]
    title, code = nbformat.read(lesson.notebook(), as_version=4).cells
    assert (title.source, code.outputs[0].text, len(runs)) == ("# Another title", "run 1\n", 1)
    assert check([lesson], "en") == []
    build([lesson], "en", force=True)
    assert len(runs) == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [("\n1\n", "\n2\n"), ("One bar.", "Two bars."), ("# %%\n#|", '# %% tags=["skip"]\n#|')],
)
def test_what_the_kernel_reads_is_run_again(make_lesson, runs, before, after):
    lesson = make_lesson(source := f"{TITLE}#| fig-alt: One bar.\n1\n")
    build([lesson], "en")
    make_lesson(source.replace(before, after))
    build([lesson], "en")
    assert len(runs) == 2


def test_a_notebook_without_outputs_of_a_whole_run_is_run(make_lesson, runs, pretend_built):
    lesson = make_lesson(f"{TITLE}1\n")
    pretend_built(lesson, change=lambda notebook: notebook.cells[1].update(execution_count=7))
    make_lesson(f"{TITLE}1\n".replace("# # T", "# # U"))
    build([lesson], "en")
    assert len(runs) == 1


def test_a_notebook_runs_where_it_lies(make_lesson, translate_lesson):
    lesson = make_lesson("# %% [markdown]\n# # T\n\n# %%\nimport pathlib\n\npathlib.Path.cwd().name\n")
    translate_lesson(lesson, {"T": "টি"})
    build([lesson])
    for code, folder in (("en", "notebooks"), ("bn", "bn")):
        cell = nbformat.read(lesson.notebook(code), as_version=4).cells[1]
        assert cell.outputs[0].data["text/plain"] == f"'{folder}'"


@pytest.mark.parametrize(
    ("code", "line", "what"),
    [
        ("x = 1\n\nint('a')", 7, "stops with ValueError: invalid literal for int() with base 10: 'a'"),
        ("import warnings\nwarnings.warn('take care')", 4, "writes to stderr: "),
        ("from IPython.display import HTML\nHTML('<img>')", 4, "shows a picture without words for it: <img>"),
        ("import pathlib\nprint(pathlib.Path.cwd().resolve().parent)", 4, "shows the folder "),
    ],
)
def test_a_cell_that_can_not_be_shown_leaves_the_old_notebook(make_lesson, pretend_built, code, line, what):
    lesson = make_lesson()
    before = pretend_built(lesson).read_bytes()
    make_lesson(TITLE + code + "\n")
    with pytest.raises(CellError) as caught:
        build([lesson], "en")
    assert str(caught.value).startswith(f"notebooks/source/01_tiny.py:{line} (cell 2) {what}")
    assert str(caught.value).endswith("Mend it there and run: vislearn lessons build 01_tiny")
    assert lesson.notebook().read_bytes() == before
    assert not list(lesson.root.glob(".*"))


def test_a_notebook_that_would_be_too_large_is_not_written(lesson, monkeypatch):
    monkeypatch.setattr(builder, "MAX_BYTES", 1000)
    with pytest.raises(FileError, match=r"01_tiny\.ipynb would have 0\.00 MB, more than 0\.0"):
        build([lesson], "en")
    assert not lesson.notebook().exists()


def test_bengali_waits_for_its_translation_and_english_doesn_t(lesson):
    with pytest.raises(TranslationError, match=r"notebooks/source/bn/01_tiny\.po is missing"):
        build([lesson])
    assert lesson.notebook().exists()
    assert not lesson.notebook("bn").exists()


def test_ctrl_c_leaves_the_old_notebook_and_no_kernel(make_lesson, pretend_built, tmp_path):
    lesson = make_lesson()
    before = pretend_built(lesson).read_bytes()
    make_lesson(TITLE + "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    code = (  # a shell lets what it starts in the background ignore Ctrl-C, and so would this child
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"from vislearn.course import build; import pathlib; build(root=pathlib.Path({str(lesson.root)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    note = lesson.root / "pid"
    wait_until(lambda: note.exists() and note.read_text())
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=600)
    assert "KeyboardInterrupt" in error
    assert lesson.notebook().read_bytes() == before
    wait_until(lambda: not is_running(int(note.read_text())))
    assert {path.name for path in lesson.root.iterdir()} == {"source", "01_tiny.ipynb", "pid"}


def wait_until(condition, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


FORMED = """\
# ---
# jupyter:
#   vislearn:
#     minutes: 5
# ---

# %% [markdown]
# # Bars

# %%
#| fig-alt: Two bars, the second longer.
#| compared: structure
#| caption: Longer is better.
#| within: {loss: 0.5}
import vislearn as vl

vl.report.metric("loss", 1.25)
vl.viz.bars({"train": 1, "test": 2}, xlabel="loss")

# %%
#| fig-alt: A red square.
#| fold: Paints a square.
from PIL import Image

Image.new("RGB", (40, 30), "red")
"""
WORDS = {
    "Bars": "বার",
    "Two bars, the second longer.": "দুটি বার, দ্বিতীয়টি লম্বা।",
    "Longer is better.": "লম্বা হলে ভালো।",
    "train": "ট্রেন",
    "test": "টেস্ট",
    "loss": "লস",
    "Paints a square.": "একটি বর্গ আঁকে।",
    "A red square.": "একটি লাল বর্গ।",
}


def test_what_the_source_says_beside_its_code_reaches_the_figures_in_both_languages(
    make_lesson, translate_lesson
):
    lesson = make_lesson(FORMED)
    translate_lesson(lesson, WORDS)
    build([lesson])
    assert check(root=lesson.root) == []
    english, bengali = (nbformat.read(lesson.notebook(code), as_version=4).cells for code in ("en", "bn"))
    assert [cell.source for cell in english if cell.cell_type == "code"] == [
        cell.source for cell in bengali if cell.cell_type == "code"
    ]
    number, bars = english[1].outputs
    assert number.metadata.vislearn.metric.within == 0.5
    assert bars.data["text/plain"] == "Two bars, the second longer."
    assert "<figcaption>Longer is better.</figcaption>" in bars.data["text/html"]
    assert bars.metadata.vislearn.figure.compared == "structure"
    assert bars.metadata.vislearn.figure.plots[0].xlabel == "loss"
    assert english[2].source == "▸ *Paints a square.* (folded: click the dots for the code)"
    assert english[3].metadata.jupyter.source_hidden
    (square,) = english[3].outputs
    assert set(square.data) == {"text/html", "text/plain"}
    assert 'width="40" height="30"' in square.data["text/html"]
    assert square.metadata.vislearn.figure.plots[0].images[0].size == [40, 30]
    assert [out.data["text/plain"] for out in (bengali[1].outputs[1], bengali[3].outputs[0])] == [
        "দুটি বার, দ্বিতীয়টি লম্বা।",
        "একটি লাল বর্গ।",
    ]
    assert bengali[2].source.startswith("▸ *একটি বর্গ আঁকে।* (ভাঁজ")
    assert bengali[1].outputs[1].metadata.vislearn.figure.plots[0].xlabel == "লস"


def test_a_picture_without_words_ends_the_build(make_lesson):
    lesson = make_lesson(FORMED.replace("#| fig-alt: Two bars, the second longer.\n", ""))
    with pytest.raises(CellError) as caught:
        build([lesson], "en")
    assert str(caught.value).startswith(
        "notebooks/source/01_tiny.py:17 (cell 2) stops with InputError: alt must say what the picture shows"
    )
    assert not lesson.notebook().exists()
    assert not (lesson.root.parent / "vislearn").exists()
