import re

from vislearn.checkout import ROOT
from vislearn.traps import CATALOG
from vislearn.traps.text.linted import TEXT_TRAPS
from vislearn.traps.trap import CERTAINTIES


def test_each_has_a_name_of_its_own():
    assert len({trap.name for trap in CATALOG}) == len(CATALOG)


def test_each_says_all_that_a_reader_needs():
    for trap in CATALOG:
        assert trap.certainty in CERTAINTIES
        assert trap.symptom.endswith(".")
        assert trap.broken != trap.fixed
        for code in (trap.broken, trap.fixed):
            compile(code, trap.name, "exec")


def test_each_has_its_section_in_lesson_13():
    lesson = (ROOT / "notebooks" / "source" / "13_traps.py").read_text(encoding="utf-8")
    sections = set(re.findall(r"^# ## (13\.\d+) ", lesson, re.MULTILINE))
    assert {trap.section for trap in (*CATALOG, *TEXT_TRAPS)} <= sections


def test_lesson_13_counts_them_right():
    lesson = (ROOT / "notebooks" / "source" / "13_traps.py").read_text(encoding="utf-8")
    counts = re.findall(
        r"finds (\w+) of them|([\w-]+) traps\. Choose|choice of (\w+) traps|(\S+) mistakes are", lesson
    )
    assert [next(filter(None, found)) for found in counts] == [str(len(CATALOG))] * 4
