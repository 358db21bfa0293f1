"""What a teacher and a student get to read."""

import csv
import json

import pytest

from vislearn.exercises import solution_source
from vislearn.exercises.verdict import Verdict
from vislearn.grading.likeness import shape_of
from vislearn.grading.pages import write_class, write_student
from vislearn.grading.records import UNJUDGED, ClassReport, Row, StudentReport

NAME = "vision.iou_matrix"
SOLUTION = shape_of(solution_source(NAME), "iou_matrix")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


def row(status="right", diagnosis="", **more):
    return Row(NAME, status, diagnosis, Verdict(NAME, status, diagnosis or "Good."), **more)


def class_page(tmp_path, rows, **more):
    students = tuple(StudentReport(name, "", "en", (each,)) for name, each in rows.items())
    report = ClassReport(tmp_path, (NAME,), students, **{"jailed": True} | more)
    write_class(report, {name: f"students/{name}.html" for name in rows})
    return (tmp_path / "class.html").read_text(encoding="utf-8")


def test_the_most_frequent_misconception_comes_first(tmp_path):
    wrong = {"a": row("wrong", "Rare."), "b": row("wrong", "Take `area`."), "c": row("wrong", "Take `area`.")}
    page = class_page(tmp_path, wrong | {"d": row()})
    assert page.index("Take <code>area</code>.") < page.index("Rare.")
    assert '<td class="number">2</td><td>vision.iou_matrix</td>' in page
    page = class_page(tmp_path, {"a": row("error", "runs: KeyError"), "b": row("wrong", "Their *places* <")})
    assert "stopped by an error: <code>KeyError</code>" in page
    assert "Their <em>places</em> &lt;" in page


@pytest.mark.parametrize(
    ("diagnosis", "words"),
    [
        ("forbidden: box_iou", "calls <code>box_iou</code>, which the exercise asks to write"),
        ("endless", "does not end in time: a loop without an end?"),
        ("ended", "ends Python itself, or needs too much memory or time"),
        ("parameters", "takes other parameters than the exercise asks for"),
        ("no function", "is no function"),
    ],
)
def test_a_cause_is_told_in_place_of_its_stage(tmp_path, diagnosis, words):
    page = class_page(tmp_path, {"a": row("wrong", diagnosis)})
    assert f"<td>{NAME}</td><td>{words}</td>" in page


def test_answers_that_call_a_forbidden_function_are_counted_by_the_function(tmp_path):
    called = {"a": "box_iou", "b": "nms", "c": "box_iou"}
    page = class_page(tmp_path, {who: row("wrong", f"forbidden: {name}") for who, name in called.items()})
    for count, name in ((2, "box_iou"), (1, "nms")):
        assert f'"number">{count}</td><td>{NAME}</td><td>calls <code>{name}</code>' in page


def test_the_class_is_counted(tmp_path):
    page = class_page(tmp_path, {name: row("wrong", "value") for name in "abc"} | {"d": row()})
    assert "4 students, 1 exercise; right answers: 1 of 4." in page
    page = class_page(tmp_path, {"d": row()})
    assert "1 student, 1 exercise; right answers: 1 of 1." in page
    assert "No answer is wrong." in page


def test_the_class_is_counted_in_bengali(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    page = class_page(tmp_path, {"a": row("wrong", "forbidden: box_iou"), "d": row()})
    assert "২ জন শিক্ষার্থী, ১টি অনুশীলনী; ২টি উত্তরের মধ্যে ১টি সঠিক।" in page
    assert "<code>box_iou</code> কল করে" in page


def test_doubts_are_told_and_only_where_there_are_some(tmp_path):
    page = class_page(tmp_path, {"a": row()})
    assert "strong" not in page
    assert "What could be forged" not in page
    page = class_page(tmp_path, {"a": row(reported="facts")}, jailed=False, doubtful=(NAME,))
    assert "not malice" in page
    assert f"trust the verdicts on {NAME}." in page
    assert "What could be forged" in page


@pytest.mark.parametrize(
    ("reported", "of_the_class", "of_the_student"),
    [
        ("facts", "the answers are live objects", "reported the facts about its own objects itself"),
        ("calls", "a function is forbidden", "Whether a forbidden function is called"),
    ],
)
def test_what_only_the_students_process_can_know_is_told_to_both(
    tmp_path, reported, of_the_class, of_the_student
):
    page = class_page(tmp_path, {"a": row(reported=reported), "b": row()})
    assert page.count(of_the_class) == page.count(f"{NAME}.</p>") == 1
    assert of_the_student not in page
    write_student(tmp_path / "a.html", StudentReport("a", "", "en", (row(reported=reported), row())))
    assert (tmp_path / "a.html").read_text(encoding="utf-8").count(of_the_student) == 1


def test_what_could_not_be_judged_is_told_as_that(tmp_path):
    assert "could not be judged: the same command tries again" in class_page(
        tmp_path, {"a": row("error", UNJUDGED)}
    )


def test_the_same_answers_are_for_the_teacher_to_judge(tmp_path):
    rows = {
        "a": row(shape=SOLUTION),
        "b": row(shape="1", source="x < 1"),
        "c": row(shape="1"),
        "d": row(shape="2"),
    }
    page = class_page(tmp_path, rows)
    assert f"{NAME}: the course&#x27;s solution: a<" in page
    assert f"{NAME}: the same as each other: b, c</summary><pre>x &lt; 1</pre>" in page


def test_names_can_not_break_a_page_or_a_table(tmp_path):
    name = "=<script>'\""
    page = class_page(tmp_path, {name: row()})
    assert "<script>'" not in page
    with (tmp_path / "class.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["student", NAME, "right"], [f"'{name}", "right", "1"]]
    assert (
        json.loads((tmp_path / "class.json").read_text(encoding="utf-8"))["students"][name][NAME]["status"]
        == "right"
    )


@pytest.mark.parametrize("name", ["=1+1", "  =1+1", "@x", "＝1+1", "a;=1+1"])
def test_no_name_is_computed_by_a_spreadsheet(tmp_path, name):
    class_page(tmp_path, {name: row()})
    cell = (tmp_path / "class.csv").read_text(encoding="utf-8").splitlines()[1].rpartition(',"right"')[0]
    assert cell == (f'"{name}"' if name[0] == "a" else f'"\'{name}"')


HOSTILE = "<script>alert(1)</script> `<img src=x>` [x](javascript:alert(1)) *<b>*"


def test_what_a_student_wrote_can_not_break_a_page(tmp_path):
    said = Verdict(NAME, "error", HOSTILE, "runs", evidence=HOSTILE, printed=HOSTILE, put_back=HOSTILE)
    rows = {HOSTILE: row("error", HOSTILE, source=HOSTILE, shape="1"), "b": row(shape="1", source=HOSTILE)}
    page = class_page(tmp_path, rows)
    hostile = Row(NAME, "error", HOSTILE, said, (HOSTILE,))
    write_student(tmp_path / "a.html", StudentReport(HOSTILE, "", "en", (hostile,), (HOSTILE,)))
    for text in (page, (tmp_path / "a.html").read_text(encoding="utf-8")):
        body = text.partition("</head>")[2]
        assert "<script" not in body
        assert "<img" not in body
        assert "<b>" not in body
        assert 'href="javascript' not in body


def test_a_students_page_is_in_their_language(tmp_path):
    rows = (row(remarks=("There are several answers: the last one counts.",)), Row(NAME, "missing"))
    write_student(tmp_path / "a.html", StudentReport("a", "", "bn", rows, ("x is <empty>.",)))
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert '<html lang="bn">' in page
    assert "একাধিক উত্তর আছে: শেষেরটি ধরা হয়েছে।" in page
    assert "এই ফাংশনের কোনো সেল পাওয়া যায়নি।" in page
    assert "x is &lt;empty&gt;." in page
