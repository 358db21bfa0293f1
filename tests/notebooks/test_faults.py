"""The checker against notebooks and a package that were spoilt on purpose, and against harmless changes.

Every case is a cell whose outputs are stored by one run, then run again: changed, or with its stored outputs
spoilt. All go through pytest, nbval and the plug-in, as `make test` would run them; many share a kernel.
"""

import json
import os
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from vislearn.checkout import ROOT
from vislearn.course.kernels import kernel_environment, run_notebook
from vislearn.course.outputs import stored_outputs


@dataclass(frozen=True)
class Case:
    """A cell as it was stored, as it is now (the same, if nothing is given), and what a report must say."""

    name: str
    before: str
    after: str = ""
    says: tuple[str, ...] = ()
    tag: str = ""
    spoil: Callable[[nbformat.NotebookNode], object] | None = None

    def cell(self, source):
        return new_code_cell(
            textwrap.dedent(source).strip(), metadata={"tags": [self.tag]} if self.tag else {}
        )


PREPARE = """
    import contextlib, math, sys, tempfile, warnings
    from unittest.mock import patch
    from vislearn.report import metric
"""
PREPARE_PICTURES = """
    from unittest.mock import patch
    import matplotlib, numpy as np, torch
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle
    import vislearn as vl

    photo = torch.linspace(0, 255, 3 * 24 * 32).reshape(3, 24, 32).to(torch.uint8)

    def unseeded(seed):
        generator = torch.Generator()
        generator.seed()
        return generator

    def lab(html):
        return vl.widgets.Lab(vl.widgets.lab.panel(html), "one", "One.")

    def boxes(left=10, colour="red", alt="Two boxes.", **drawing):
        figure = Figure(figsize=(3, 3))
        axes = figure.add_subplot(title="boxes")
        axes.imshow(np.full((64, 64, 3), 200, np.uint8))
        axes.add_patch(Rectangle((left, 10), 20, 20, fill=False, edgecolor=colour, **drawing))
        axes.add_patch(Rectangle((40, 40), 9, 9, fill=False, edgecolor="blue", **drawing))
        return vl.viz.render(figure, alt)

    def found(image, *lefts):
        corners = torch.tensor([[left, 4, left + 9, 20] for left in lefts]).reshape(-1, 4)
        return vl.viz.boxes(image, corners, alt="What a network found.", compared="pictures")

    def lines(*names, title="loss", legend=True, **drawing):
        figure = Figure(figsize=(3, 3))
        axes = figure.add_subplot(title=title, xlabel="epoch", ylabel="loss")
        for number, name in enumerate(names):
            axes.plot([0, 1, 2], [3, 2 - number / 2, 1], label=name, **drawing)
        if legend:
            axes.legend()
        return vl.viz.render(figure, "Lines.")
"""
ACC = 'metric("acc", 0.9, within=0.03)'


def stored_value(value):
    def spoil(cell):
        cell.outputs[0].metadata.vislearn.metric.value = value

    return spoil


def without_digest(cell):
    del cell.outputs[0].metadata.vislearn["figure"]


LIGHT_FAULTS = [
    Case(
        "off by two tolerances",
        ACC,
        'metric("acc", 0.84, within=0.03)',
        ("metric 'acc' left its tolerance", "expected  0.9\n", "got       0.84\n", "tolerance ± 0.03\n"),
    ),
    Case("just outside", ACC, 'metric("acc", 0.9301, within=0.03)', ("left its tolerance",)),
    Case("stored number spoilt", ACC, says=("expected  0.5\n", "got       0.9\n"), spoil=stored_value(0.5)),
    Case("NaN now", ACC, 'metric("acc", math.nan, within=0.03)', ("stops with InputError", "finite number")),
    Case(
        "NaN behind the checks",
        ACC,
        'with patch("vislearn.report.Metric.__post_init__"): metric("acc", math.nan, within=0.03)',
        ("metric 'acc' is no number",),
    ),
    Case("NaN stored", ACC, says=("metric 'acc' is no number", "got nan"), spoil=stored_value(float("nan"))),
    Case(
        "metric missing",
        ACC,
        "pass",
        ("metric 'acc' is missing", "expected  acc = 0.90 (accepted: 0.87 … 0.93)"),
    ),
    Case(
        "metric added", ACC, f'{ACC}; metric("f1", 0.8, within=0.03)', ("metric 'f1' is not in the notebook",)
    ),
    Case(
        "metric renamed",
        ACC,
        'metric("accuracy", 0.9, within=0.03)',
        ("another name", "expected  acc\n", "got       accuracy\n"),
    ),
    Case("metric twice", ACC, f"{ACC}; {ACC}", ("metric 'acc' is measured twice",)),
    Case(
        "bound lowered in the code",
        'metric("gap", 4, at_least=2)',
        'metric("gap", 1.5, at_least=1)',
        ("'gap' left its tolerance", "tolerance ≥ 2\n"),
    ),
    Case(
        "bound broken",
        'metric("error", 1, at_most=2)',
        'metric("error", 3, at_most=2)',
        ("stops with InputError", "≤ 2"),
    ),
    Case("tolerance widened", ACC, 'metric("acc", 0.9, within=0.3)', ("promises something else", "± 0.3\n")),
    Case(
        "unit changed",
        'metric("t", 2, within=1, unit="s")',
        'metric("t", 2, within=1, unit="ms")',
        ("another unit", "expected  s\n", "got       ms\n"),
    ),
    Case(
        "the GPU's tolerance does not hold on the CPU",
        'metric("acc", 0.9, within=0.03, on={"cuda": 0.2})',
        'metric("acc", 0.8, within=0.03, on={"cuda": 0.2})',
        ("left its tolerance", "tolerance ± 0.03\n"),
    ),
    Case(
        "beyond the GPU's tolerance",
        'metric("acc", 0.9, within=0.03, on={"cuda": 0.2})',
        'with patch("vislearn.report._device", lambda: "cuda"): '
        'metric("acc", 0.6, within=0.03, on={"cuda": 0.2})',
        ("tolerance ± 0.2 (on cuda)",),
    ),
    Case(
        "stdout line changed",
        'print("8 images\\n10 classes")',
        'print("8 images\\n11 classes")',
        ("the text is not the stored one", "expected  '10 classes'", "got       '11 classes'"),
        "exact",
    ),
    Case(
        "stdout line missing",
        'print("8 images\\n10 classes")',
        'print("8 images")',
        ("expected  '10 classes'", "got       no such line"),
        "exact",
    ),
    Case("value shown changed", "[1, 2]", "[1, 3]", ("expected  '[1, 2]'",), "exact"),
    Case("new warning", "pass", 'warnings.warn("take care")', ("writes to stderr", "UserWarning: take care")),
    Case("message on stderr", "pass", 'print("oops", file=sys.stderr)', ("writes to stderr", "oops")),
    Case(
        "warning gone",
        'warnings.warn("take care")',
        "pass",
        ("tagged shows-warning", "got       no warning"),
        "shows-warning",
    ),
    Case(
        "warning of another kind",
        'warnings.warn("take care")',
        'warnings.warn("no", FutureWarning)',
        ("warns of something else", "expected  UserWarning", "got       FutureWarning"),
        "shows-warning",
    ),
    Case("error", "x = 1", "x = 1 / 0", ("the cell stops with ZeroDivisionError: division by zero",)),
    Case(
        "stored error",
        "x = 1",
        says=("the stored output is an error", "KeyError"),
        spoil=lambda cell: cell.outputs.append(
            nbformat.v4.new_output("error", ename="KeyError", evalue="", traceback=[])
        ),
    ),
    Case("reads a message box", "x = 1", "input()", ("StdinNotImplementedError",)),
]
LIGHT_HARMLESS = [
    Case("the same number", ACC),
    Case("within tolerance", ACC, 'metric("acc", 0.9299, within=0.03)'),
    Case("far above a lower bound", 'metric("gap", 4, at_least=2)', 'metric("gap", 400, at_least=2)'),
    Case("metrics in another order", f'{ACC}; metric("b", 1, within=1)', f'metric("b", 1, within=1); {ACC}'),
    Case(
        "within the GPU's tolerance on a GPU",
        'metric("acc", 0.9, within=0.03, on={"cuda": 0.2})',
        'with patch("vislearn.report._device", lambda: "cuda"): '
        'metric("acc", 0.8, within=0.03, on={"cuda": 0.2})',
    ),
    Case("re-ordered dict in an unchecked cell", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}"),
    Case("another sentence in an unchecked cell", "print('8 images')", "print('eight images')"),
    Case("address", "print(object())", tag="exact"),
    Case("temporary file", "print('in', tempfile.mkdtemp(), 'now')", tag="exact"),
    Case("time", "print('done in 1.25 s, 3 ms each')", "print('done in 2 s, 14.1 ms each')", tag="exact"),
    Case("rate", "print('8 pictures, 812.5 images/s')", "print('8 pictures, 90 images/s')", tag="exact"),
    Case("printed in pieces", "print('a\\nb')", "print('a', flush=True); print('b')", tag="exact"),
    Case("a rewritten line", "print('done')", "print('half\\rdone')", tag="exact"),
    Case("progress bar", "pass", "import tqdm\nfor _ in tqdm.tqdm(range(3)): pass", tag="exact"),
    Case(
        "the same warning, worded anew",
        "warnings.warn('take care')",
        "\n\nwarnings.warn('take good care')",
        tag="shows-warning",
    ),
    Case(
        "a metric in an exact cell",
        f"print(1); {ACC}",
        'print(1); metric("acc", 0.91, within=0.03)',
        tag="exact",
    ),
]
PICTURE_FAULTS = [
    Case("box shifted by 5 pixels", "boxes()", "boxes(left=15)", ("figure 1: ", "It shows: Two boxes.")),
    Case("box recoloured", "boxes()", "boxes(colour='lime')", ("figure 1: ",)),
    Case("curve missing", "lines('train', 'val')", "lines('train')", ("figure 1: ",)),
    Case("legend missing", "lines('train')", "lines('train', legend=False)", ("figure 1: ",)),
    Case("title changed", "lines('train')", "lines('train', title='accuracy')", ("figure 1: ",)),
    Case(
        "channels swapped",
        "vl.viz.grid([photo], alt='A photo.')",
        "vl.viz.grid([photo.flip(0)], alt='A photo.')",
        ("figure 1: ",),
    ),
    Case(
        "empty picture",
        "vl.viz.grid([photo], alt='A photo.')",
        "vl.viz.grid([photo * 0], alt='A photo.')",
        ("figure 1: ",),
    ),
    Case(
        "channels swapped under boxes that may differ",
        "found(photo, 5)",
        "found(photo.flip(0), 20)",
        ("picture 1 of the plot: red and blue are swapped",),
    ),
    Case("boxes lost that may differ", "found(photo, 5, 20)", "found(photo)", ("expected some, got none",)),
    Case("figure missing", "boxes()", "None", ("figure 1 is missing", "expected  Two boxes.")),
    Case(
        "figure added", "display(boxes())", "display(boxes()); boxes()", ("figure 2 is not in the notebook",)
    ),
    Case("digest lost", "boxes()", says=("figure 1 has no digest in the notebook",), spoil=without_digest),
    Case(
        "normalise skipped",
        "vl.report.metric('mean', vl.transforms.eval_transform(16)(photo).mean(), within=0.01)",
        "with patch('vislearn.transforms.v2.Normalize', lambda *values, **named: torch.nn.Identity()):\n"
        "    vl.report.metric('mean', vl.transforms.eval_transform(16)(photo).mean(), within=0.01)",
        ("metric 'mean' left its tolerance",),
    ),
    Case(
        "sampler not seeded",
        "print(torch.randperm(99, generator=vl.seeding.seed_everything(3)).tolist())",
        "with patch('vislearn.seeding.seed_everything', unseeded):\n"
        "    print(torch.randperm(99, generator=vl.seeding.seed_everything(3)).tolist())",
        ("the text is not the stored one",),
        "exact",
    ),
    Case(
        "accuracy miscounted",
        "vl.report.metric('acc', vl.metrics.accuracy(torch.eye(4), torch.arange(4)), within=0.03)",
        "with patch('vislearn.metrics.accuracy', lambda scores, target: 0.75):\n"
        "    vl.report.metric('acc', vl.metrics.accuracy(torch.eye(4), torch.arange(4)), within=0.03)",
        ("metric 'acc' left its tolerance", "expected  1\n", "got       0.75\n"),
    ),
    Case(
        "widget became a picture",
        "vl.widgets.explorer(lambda k: boxes(k), alt='Move.', k=(0, 20))",
        "boxes(10)",
        ("the number of widgets changed", "expected  1\n", "got       0\n"),
    ),
    Case(
        "widget's picture changed",
        "vl.widgets.explorer(lambda k: boxes(k), alt='Move.', k=(0, 20))",
        "vl.widgets.explorer(lambda k: boxes(k + 9), alt='Move.', k=(0, 20))",
        ("figure 1: ",),
    ),
    Case(
        "widget shows an error",
        "lab('<b>1</b>')",
        "lab('<p role=\"alert\">KeyError</p>')",
        ("a widget does not show", "a widget shows an error", "KeyError"),
    ),
    Case("widget shows nothing", "lab('<b>1</b>')", "lab('')", ("shows nothing at its defaults",)),
]
PICTURE_HARMLESS = [
    Case("the same figure", "boxes()"),
    Case(
        "another font",
        "lines('train')",
        "with matplotlib.rc_context({'font.family': 'serif'}): picture = lines('train')\npicture",
    ),
    Case("no anti-aliasing", "boxes()", "boxes(antialiased=False)"),
    Case("another line width", "lines('a')", "lines('a', linewidth=1.4)"),
    Case(
        "other compression",
        "boxes()",
        "with patch('vislearn.viz.picture._QUALITY', 50): picture = boxes()\npicture",
    ),
    Case(
        "another thread count",
        "vl.report.metric('sum', torch.rand(10**6, generator=vl.seeding."
        "seed_everything(0)).sum() / 1e5, within=0.01)",
        "torch.set_num_threads(2); vl.report.metric('sum', torch.rand(10**6, generator=vl.seeding."
        "seed_everything(0)).sum() / 1e5, within=0.01)",
    ),
    Case("boxes that may differ", "found(photo, 5, 20)", "found(photo, 9)"),
    Case("a widget's new identity", "vl.widgets.explorer(lambda k: boxes(k), alt='Move.', k=(0, 20))"),
]
SETS = {
    "light": (PREPARE, LIGHT_FAULTS + LIGHT_HARMLESS),
    "pictures": (PREPARE_PICTURES, PICTURE_FAULTS + PICTURE_HARMLESS),
}
KILLS = {
    "killed": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "",
        ("the kernel was killed by SIGKILL", "Out of memory, most likely", "It held up to"),
    ),
    "crashed": (
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "",
        ("the kernel was killed by SIGSEGV", "Compiled code crashed"),
    ),
    "exits": ("import os; os._exit(3)", "", ("the kernel ended with exit code 3",)),
    "endless": ("while True:\n    pass", "budget:1s", ("longer than its budget of 1 s", "KeyboardInterrupt")),
    "stubborn": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass",
        "budget:1s",
        ("longer than its budget of 1 s", "ignored the interrupt"),
    ),
}
FAULTS = [(name, case) for name, (_, cases) in SETS.items() for case in cases if case.says]
HARMLESS = [(name, case) for name, (_, cases) in SETS.items() for case in cases if not case.says]


def write(path, cells, **metadata):
    for count, cell in enumerate(cells, 1):
        cell.execution_count = count
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)


def write_set(folder, name):
    """A set's notebook: cells as they are now, with the outputs of one run of them as they were."""
    prepare, cases = SETS[name]
    reference = new_notebook(
        cells=[Case("", prepare).cell(prepare), *(one.cell(one.before) for one in cases)]
    )
    with kernel_environment(1) as environment:
        run_notebook(reference, folder, environment)
    cells = [reference.cells[0]]
    for case, before in zip(cases, reference.cells[1:], strict=True):
        cell = case.cell(case.after or case.before)
        cell.outputs = stored_outputs(before.outputs)
        if case.spoil:
            case.spoil(cell)
        cells.append(cell)
    write(folder / f"{name}.ipynb", cells)


def write_stale(folder):
    """A lesson that was changed and whose notebook has a cell that never ran."""
    (folder / "source").mkdir()
    (folder / "source" / "07_stale.py").write_text("# %% [markdown]\n# # New\n", encoding="utf-8")
    made = {"lesson": "07_stale", "language": "en", "source_sha256": "0" * 64}
    path = folder / "07_stale.ipynb"
    write(path, [new_code_cell("1"), new_code_cell("2")], vislearn=made)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].execution_count = None
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One run of pytest over all spoilt notebooks: what it says per test, the screen, the usage file."""
    folder = tmp_path_factory.mktemp("course")
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: write_set(folder, name), SETS))
    for name, (source, tag, _) in KILLS.items():
        tags = {"tags": [tag]} if tag else {}
        write(
            folder / f"{name}.ipynb",
            [new_code_cell("x = 1"), new_code_cell(source, metadata=tags), new_code_cell("x")],
        )
    write_stale(folder)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "-c",
        str(ROOT / "pyproject.toml"),
        f"--rootdir={folder}",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
        f"--junitxml={folder / 'results.xml'}",
        f"--lesson-usage={folder / 'usage.json'}",
        *sorted(map(str, folder.glob("*.ipynb"))),
    ]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment |= {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 1, done.stdout + done.stderr
    said, seconds = {}, {}
    for case in ElementTree.parse(folder / "results.xml").iter("testcase"):
        key = case.get("classname").split(".")[0], case.get("name")
        parts = [part for part in case if part.tag != "properties"]
        said[key] = "\n".join(f"{part.get('message', '')}\n{part.text or ''}" for part in parts)
        seconds[key] = float(case.get("time"))
    return said, seconds, done.stdout, json.loads((folder / "usage.json").read_text(encoding="utf-8"))


def told(run, name, case):
    return run[0][name, f"Cell {SETS[name][1].index(case) + 1}"]


@pytest.mark.parametrize(("name", "case"), [pytest.param(*pair, id=pair[1].name) for pair in FAULTS])
def test_a_fault_is_caught_and_said(run, name, case):
    report = told(run, name, case)
    assert [words for words in case.says if words not in report] == [], report
    assert f"{name}.ipynb, cell {SETS[name][1].index(case) + 2} (id " in report
    assert "See it again:          python -m pytest -n 2 --dist loadfile " in report
    assert textwrap.indent(case.cell(case.after or case.before).source, "    ").splitlines()[0] in report


@pytest.mark.parametrize(("name", "case"), [pytest.param(*pair, id=pair[1].name) for pair in HARMLESS])
def test_a_harmless_change_is_not_flagged(run, name, case):
    assert told(run, name, case) == ""


@pytest.mark.parametrize("name", KILLS)
def test_a_lost_kernel_is_reported_soon_with_its_cause(run, name):
    source, _, says = KILLS[name]
    report = run[0][name, "Cell 1"]
    assert [words for words in says if words not in report] == [], report
    assert source.splitlines()[-1] in report
    assert run[1][name, "Cell 1"] < 15
    assert "the kernel was lost in Cell 1" in run[0][name, "Cell 2"]


def test_an_old_reference_is_refused(run):
    report = run[0]["07_stale", "Reference"]
    assert "never ran" in report
    assert "is older than its source" in report
    assert "vislearn lessons build --force 07" in report


def test_there_are_enough_cases():
    names = [case.name for _, case in FAULTS + HARMLESS]
    assert len(set(names)) == len(names)
    assert len(FAULTS) + len(KILLS) + 2 >= 25
    assert len(HARMLESS) >= 15


def test_time_and_memory_are_told_for_every_notebook(run):
    _, _, screen, usages = run
    names = {Path(usage["notebook"]).name for usage in usages}
    assert names == {f"{name}.ipynb" for name in [*SETS, *KILLS, "07_stale"]}
    assert all(usage["seconds"] > 0 and usage["peak_mb"] > 20 for usage in usages)
    assert "time and memory of the notebooks" in screen
    assert all(name in screen.partition("time and memory of the notebooks")[2] for name in names)
