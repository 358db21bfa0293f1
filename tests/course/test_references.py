import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from vislearn.course.references import age_fault, run_fault


@pytest.mark.parametrize(
    ("counts", "fault"),
    [
        ((), ""),
        ((1, 2), ""),
        ((1, None), "was not run as a whole: cell 3 never ran"),
        ((2, 1), "was not run from top to bottom in one go"),
        ((1, 3), "was not run from top to bottom in one go"),
    ],
)
def test_a_reference_comes_from_one_whole_run(counts, fault):
    code = [new_code_cell("x", execution_count=count) for count in counts]
    assert run_fault(new_notebook(cells=[new_markdown_cell("# T"), *code])) == fault


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        ({"source_sha256": "1", "translation_sha256": "2"}, ""),
        ({"source_sha256": "0", "translation_sha256": "2"}, "is older than its source"),
        ({"source_sha256": "1", "translation_sha256": "0"}, "is older than its translation"),
        ({}, "is older than its source"),
    ],
)
def test_a_reference_is_as_old_as_its_files(stored, fault):
    assert age_fault(stored, {"source_sha256": "1", "translation_sha256": "2"}) == fault


def test_an_empty_cell_at_the_end_need_not_run():
    cells = [new_code_cell("x", execution_count=1), new_code_cell(" \n")]
    assert run_fault(new_notebook(cells=cells)) == ""
