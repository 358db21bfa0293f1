"""What the stored figures guard: each one loses its parts, one at a time, and the loss must be found."""

import copy

import nbformat
import pytest

from vislearn.course.lessons import find_lessons
from vislearn.viz.meaning.compare import compare

LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in find_lessons() if not lesson.is_home]
ALWAYS = ("images", "lines", "bars", "areas", "legend")
LOOSE = ("structure", "pictures")


def stored_figures(lesson):
    """The digest of each figure that the English notebook holds."""
    for cell in nbformat.read(lesson.notebook(), 4).cells:
        for output in cell.get("outputs", []):
            digest = output.get("metadata", {}).get("vislearn", {}).get("figure", {})
            if "size" in digest:
                yield digest


def losses(digest):
    """Each part that must not be lost: where it is, and the digest without it."""
    if "title" in digest:
        yield "title", {part: value for part, value in digest.items() if part != "title"}
    parts = ALWAYS if digest["compared"] in LOOSE else (*ALWAYS, "boxes")
    for plot, found in enumerate(digest.get("plots", [])):
        for part in set(parts) & set(found):
            for at in range(len(found[part])):
                less = copy.deepcopy(digest)
                del less["plots"][plot][part][at]
                yield f"plot {plot + 1}, {part} {at + 1}", less


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_figure_that_loses_a_part_is_noticed(lesson):
    figures = list(stored_figures(lesson))
    assert figures
    for digest in figures:
        assert compare(digest, digest) == []
        lost = [where for where, less in losses(digest) if not compare(digest, less)]
        assert not lost, (digest.get("title", ""), lost)
