"""What nothing in one of VOC's files can tell, and all of them together may: how the program counted."""

from collections.abc import Iterable
from pathlib import Path

from vislearn.datasets.detection.pairing import named_together
from vislearn.datasets.detection.voc import voc_files
from vislearn.datasets.detection.voc_file import read_voc
from vislearn.language import translate as _
from vislearn.problems import Problem

__all__ = ["check_counting"]


def check_counting(annotations: str | Path, names: str | Path | Iterable[str] | None = None) -> list[Problem]:
    """VOC's first pixel is 1: a 0 says that the program counted otherwise, and boxes may be off by one.

    Args:
        annotations: as for :func:`voc_detection`.
        names: likewise.

    Raises:
        FileError: no folder, or no files.
    """
    passed_over: list[Problem] = []  # the reader tells them
    found = [(file, read_voc(file, passed_over)) for file in voc_files(Path(annotations), names, passed_over)]
    zeros = [
        file for file, noted in found if noted and any(min(thing.numbers[:2]) == 0 for thing in noted.objects)
    ]
    if not zeros:
        return []
    what = _("has boxes whose xmin or ymin is 0, and VOC counts from 1: {files}", files=named_together(zeros))
    fix = _(
        "Find out how the program counted, and read them by voc_detection(…, counting='from 0') or 'edges'."
    )
    return [Problem(str(annotations), what, fix)]
