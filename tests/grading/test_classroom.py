"""A class is graded: people who are right, wrong, careless, and hostile."""

import csv
import json
import os
import socket
import textwrap
from contextlib import suppress
from types import SimpleNamespace

import psutil
import pytest

from vislearn.errors import MissingError
from vislearn.exercises import solution_source
from vislearn.grading import classroom, grade, judge
from vislearn.grading.assignment import tasks_of
from vislearn.grading.collecting import Submission
from vislearn.grading.records import UNJUDGED, Row, StudentReport

from .conftest import IMPORTS, TASKS, answered, code, notebook, solved

RIGHT = solution_source("pipeline.to_unit_range")


def to_unit_range(body, before=""):
    """An answer with these lines in it."""
    lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return f"{textwrap.dedent(before)}\ndef to_unit_range(image):\n{lines}\n"


class_of = {
    "right": answered(solved()),
    "bengali": answered(solved(to_unit_range="def to_unit_range(image):\n    return image"), language="bn"),
    "wrong": answered(
        {
            TASKS[0]: "def to_unit_range(image):\n    return image / 256",
            TASKS[1]: "def iou_matrix(boxes1, boxes2):\n    return torchvision.ops.box_iou(boxes1, boxes2)",
            TASKS[2]: "def freeze(model):\n    return model",
        }
    ),
    "untouched": answered({}),
    "no Python": answered(solved(to_unit_range="def to_unit_range(image:\n    return 1")),
    "looks around": answered(solved(freeze="def freeze(model):\n    open('/etc/passwd')\n    return model")),
    "renamed": answered(solved(to_unit_range="def other(image):\n    return image / 255")),
}
class_of["wrong"]["cells"].insert(1, code("%matplotlib inline\nimport torchvision"))
EXPECTED = {
    "right": ("right", "right", "right"),
    "bengali": ("wrong", "right", "right"),
    "wrong": ("wrong", "wrong", "wrong"),
    "untouched": ("not attempted",) * 3,
    "no Python": ("error", "right", "right"),
    "looks around": ("right", "right", "error"),
    "renamed": ("not attempted", "right", "right"),
    "broken": ("unreadable",) * 3,
}


@pytest.fixture
def handed_in(small_course):
    """A folder with everybody's notebook; ``add(name, notebook)`` puts another one there."""

    def add(name, stored):
        place = small_course / name
        place.mkdir(parents=True, exist_ok=True)
        text = stored if isinstance(stored, str) else json.dumps(stored)
        (place / "01_small.ipynb").write_text(text, encoding="utf-8")

    add.folder = small_course
    return add


@pytest.fixture
def one_task(monkeypatch):
    """The course asks for its first exercise alone."""
    monkeypatch.setattr(classroom, "tasks_of", lambda *given: tasks_of(*given)[:1])


def statuses(report):
    return {student.student: tuple(row.status for row in student.rows) for student in report.students}


@pytest.fixture
def our_processes(monkeypatch, tmp_path):
    """``our_processes(ending_s)``: what this test has put in jails, and lives after so many seconds."""
    monkeypatch.setenv("LANG", mark := str(tmp_path))

    def ours(process):
        with suppress(psutil.Error):
            return "vislearn.grading.warden" in process.cmdline() and process.environ().get("LANG") == mark
        return False

    def living(ending_s=0.0):
        found = [process for process in psutil.process_iter() if ours(process)]
        return psutil.wait_procs(found, timeout=ending_s)[1]

    return living


@pytest.mark.usefixtures("walls")
def test_a_class_is_judged_and_a_report_written(handed_in, tmp_path):
    for name, stored in class_of.items():
        handed_in(name, stored)
    handed_in("broken", '{"cells": [')
    finished = []
    report = grade(
        handed_in.folder,
        tmp_path / "out",
        each=lambda student, count: finished.append((student.student, count)),
    )
    assert statuses(report) == EXPECTED
    assert report.doubtful == ()
    assert sorted(finished) == [(name, 8) for name in sorted(EXPECTED)]
    table = list(csv.DictReader((tmp_path / "out/class.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["student"]: row["right"] for row in table}["right"] == "3"
    kept = json.loads((tmp_path / "out/class.json").read_text(encoding="utf-8"))
    assert kept["students"]["wrong"][TASKS[0]]["diagnosis"].startswith("Divide by 255, not by 256")
    assert kept["exercises"][TASKS[0]]["statuses"]["wrong"] == 2
    page = (tmp_path / "out/class.html").read_text(encoding="utf-8")
    words = "calls <code>box_iou</code>, which the exercise asks to write"
    assert f'<td class="number">1</td><td>vision.iou_matrix</td><td>{words}</td>' in page
    closed = (tmp_path / "out/students/looks around.html").read_text(encoding="utf-8")
    assert "In grading an answer can open only the files that it is given" in closed
    assert TASKS[2] in page.partition("What could be forged")[2]
    assert "broken: broken/01_small.ipynb is damaged: it is no JSON. Ask for it again." in page
    bengali = (tmp_path / "out/students/bengali.html").read_text(encoding="utf-8")
    assert '<html lang="bn">' in bengali
    assert "ঠিক" in bengali

    # called again, nobody is judged; who hands in anew is
    handed_in("untouched", "{")
    told = []
    again = grade(handed_in.folder, tmp_path / "out", each=lambda student, _count: told.append(student))
    assert statuses(again) == EXPECTED | {"untouched": ("unreadable",) * 3}
    assert {"right", "untouched"} <= {student.student for student in told}


HOSTILE = {
    "patches the verdict": to_unit_range(
        "return image",
        """
        import vislearn.exercises.verdict as verdict, vislearn.exercises.comparing as comparing
        import vislearn.exercises.checking as checking
        verdict.Verdict.status = property(lambda self: "right")
        comparing.compare = checking.compare_facts = lambda *a, **k: None
        """,
    ),
    "calls the reference": to_unit_range(
        "from vislearn.exercises.registry import find\nreturn find('pipeline.to_unit_range').reference(image)"
    ),
    "imports the reference": to_unit_range(
        "from vislearn.exercises.lessons.pipeline.ranges import to_unit_range as known\nreturn known(image)"
    ),
    "reads the reference": to_unit_range(
        """
        import vislearn, pathlib
        place = pathlib.Path(vislearn.__file__).parent / "exercises/lessons/pipeline/ranges.py"
        text = place.read_text()
        return image.float() / 255
        """
    ),
    "walks frames": to_unit_range(
        """
        import gc, sys
        from vislearn.exercises.registry import Exercise
        frame, known = sys._getframe(), [each for each in gc.get_objects() if type(each) is Exercise]
        while frame:
            known += [each for each in frame.f_locals.values() if type(each) is Exercise]
            frame = frame.f_back
        return next(value for each in known if (value := each.reference(image)) is not None)
        """
    ),
    "lies": to_unit_range(
        "return Liar()",
        """
        class Liar(torch.Tensor):
            def __eq__(self, other): return True
            def __sub__(self, other): return torch.zeros(1)
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None): return torch.ones(1).bool()
        """,
    ),
    "writes to every descriptor": to_unit_range(
        """
        import os
        for number in range(3, 200):
            try:
                os.write(number, b"right" * 1000)
            except OSError:
                pass
        return image
        """
    ),
    "goes out": to_unit_range(
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), 1)\nreturn image.float() / 255"
    ),
    "writes outside": to_unit_range("open('OUTSIDE', 'w').close()\nreturn image.float() / 255"),
    "reads outside": to_unit_range("open('/etc/passwd').read()\nreturn image.float() / 255"),
    "reads the judge": to_unit_range("open('/proc/JUDGE/mem', 'rb').read(1)\nreturn image.float() / 255"),
    "signals the judge": to_unit_range("import os\nos.kill(JUDGE, 0)\nreturn image.float() / 255"),
    "forks": to_unit_range("import os\nfor _ in range(20):\n    os.fork()\nreturn image.float() / 255"),
    "starts a program": to_unit_range("import os\nos.execv('/bin/true', ['true'])"),
    "takes all memory": to_unit_range("held = bytearray(4_000_000_000)\nreturn image.float() / 255"),
    "answers too much": to_unit_range("return torch.zeros(64_000_001)"),
    "ends Python": to_unit_range("import os\nos._exit(0)"),
    "never ends": to_unit_range("while True:\n    pass"),
}

ENDED, NONSENSE = "The code ended the whole process", "is no answer that can be read"
WHY = {
    "patches the verdict": "returns its input unchanged",
    "calls the reference": "ModuleNotFoundError",
    "imports the reference": "ModuleNotFoundError",
    "reads the reference": "PermissionError",
    "walks frames": "StopIteration",
    "lies": "✗",
    "writes to every descriptor": NONSENSE,
    "goes out": "PermissionError",
    "writes outside": "PermissionError",
    "reads outside": "PermissionError",
    "reads the judge": "PermissionError",
    "signals the judge": "PermissionError",
    "forks": "PermissionError",
    "starts a program": "PermissionError",
    "takes all memory": "MemoryError",
    "answers too much": NONSENSE,
    "ends Python": ENDED,
    "never ends": "had not ended",
}


@pytest.mark.usefixtures("walls", "one_task")
@pytest.mark.parametrize("namespaces", [True, False])
def test_nobody_forges_a_verdict_and_nothing_is_left(
    namespaces, handed_in, our_processes, tmp_path, monkeypatch
):
    monkeypatch.setattr(judge, "_LIMIT_S", 5.0)
    # a clock, which no wall belongs to, is waited for once
    hostile = {name: source for name, source in HOSTILE.items() if namespaces or name != "never ends"}
    outside = tmp_path / "outside"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        words = {"PORT": str(server.getsockname()[1]), "OUTSIDE": str(outside), "JUDGE": str(os.getpid())}
        for name, source in hostile.items():
            for word, meant in words.items():
                source = source.replace(word, meant)
            cells = [code(IMPORTS), code(source, tag=TASKS[0])]
            handed_in(name, notebook(*cells))
        handed_in("honest", notebook(code(IMPORTS), code(RIGHT, tag=TASKS[0])))
        report = grade(handed_in.folder, tmp_path / "out", namespaces=namespaces)
        with pytest.raises(BlockingIOError):
            server.accept()
    said = {student.student: str(student.rows[0].verdict) for student in report.students}
    assert said.pop("honest").startswith("✓")
    assert {name: WHY[name] for name in said if WHY[name] not in said[name]} == {}, list(said.items())
    assert set(said) == set(hostile)
    assert set(HOSTILE) == set(WHY)
    assert {said[name][0] for name in hostile} <= {"✗", "!"}
    assert not outside.exists()
    assert our_processes(ending_s=30) == []


@pytest.mark.usefixtures("walls", "one_task")
def test_side_by_side_as_one_after_another(handed_in, our_processes, tmp_path):
    for name in ("right", "untouched"):
        handed_in(name, class_of[name])
    report = grade(handed_in.folder, tmp_path / "out", jobs=2)
    assert statuses(report) == {name: EXPECTED[name][:1] for name in ("right", "untouched")}
    assert our_processes(ending_s=30) == []


def test_whoever_stops_it_stops_the_workers_too(monkeypatch):
    """Idle ones of loky live for five minutes, and busy ones until they have an answer."""

    def stopped(**_settings):
        raise KeyboardInterrupt

    told = []
    executor = SimpleNamespace(shutdown=lambda **how: told.append(how))
    monkeypatch.setattr("joblib.Parallel", stopped)
    monkeypatch.setattr("joblib.externals.loky.get_reusable_executor", lambda: executor)
    with pytest.raises(KeyboardInterrupt):
        list(classroom._marked([Submission("a", ()), Submission("b", ())], [], "salt", 2, True, True))
    assert told == [{"wait": True, "kill_workers": True}]


@pytest.mark.usefixtures("one_task")
def test_who_could_not_be_judged_is_judged_when_called_again(handed_in, monkeypatch, tmp_path):
    for name in ("right", "untouched"):
        handed_in(name, class_of[name])
    asked = []

    def marked(submissions, tasks, *_settings):
        for submission in submissions:
            asked.append(submission.student)
            failed = asked.count("right") == 1 and submission.student == "right"
            told = ("error", UNJUDGED) if failed else ("right",)
            yield StudentReport(submission.student, submission.digest, "en", (Row(TASKS[0], *told),))

    monkeypatch.setattr(classroom, "_marked", marked)
    statuses_of = [statuses(grade(handed_in.folder, tmp_path / "out", jail=False))["right"] for _ in range(3)]
    assert statuses_of == [("error",), ("right",), ("right",)]
    assert asked == ["", "right", "untouched", "right"]


@pytest.mark.parametrize(
    ("student", "file"),
    [
        ("মিতা সেন", "মিতা সেন"),
        ("র\u200d্যা", "র\u200d্যা"),
        ("a/b", "a_b-c14cdd"),
        ("CON", "CON-a3dbc4"),
        ("ক" * 1000, "ক" * 50 + "-3875a7"),
    ],
)
def test_every_student_has_a_file_that_every_system_takes(tmp_path, student, file):
    found = classroom._files(tmp_path, [Submission(student, ())])[student]
    assert found == tmp_path / "students" / file
    assert len(found.name.encode()) < 200


def test_names_that_some_systems_take_for_one_have_two_files(tmp_path):
    found = classroom._files(tmp_path, [Submission(name, ()) for name in ("A", "a")])
    assert len({str(file).lower() for file in found.values()}) == 3


@pytest.mark.usefixtures("one_task")
def test_without_walls_it_says_so(handed_in, tmp_path):
    handed_in("right", class_of["right"])
    report = grade(handed_in.folder, tmp_path / "out", jail=False)
    assert not report.jailed
    assert report.doubtful == ()  # the course's own solution is right
    assert "a guard against accidents, not malice" in (tmp_path / "out/class.html").read_text(
        encoding="utf-8"
    )


def test_where_no_jail_can_be_built_nobody_is_judged(handed_in, monkeypatch, tmp_path):
    def refuse(*, namespaces):
        raise MissingError(f"No jail here, namespaces: {namespaces}.", fix="Take another computer.")

    monkeypatch.setattr(classroom, "require_jail", refuse)
    monkeypatch.setattr(classroom, "_marked", lambda *_: pytest.fail("judged all the same"))
    handed_in("right", class_of["right"])
    with pytest.raises(MissingError, match="namespaces: False"):
        grade(handed_in.folder, tmp_path / "out", namespaces=False)
    assert not (tmp_path / "out").exists()
