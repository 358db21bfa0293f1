"""From any of this package's sets with boxes to another format's files."""

from pathlib import Path

from vislearn.datasets.conversion.coco_writer import write_coco
from vislearn.datasets.conversion.losses import FORMATS, Format
from vislearn.datasets.conversion.telling import Tell, warn
from vislearn.datasets.conversion.voc_writer import write_voc
from vislearn.datasets.conversion.yolo_writer import write_yolo
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.errors import require_one_of

__all__ = ["convert"]


def convert(
    dataset: DetectionDS,
    folder: str | Path,
    to: Format,
    split: str = "train",
    *,
    pictures: bool = True,
    tell: Tell = warn,
) -> Path:
    """Write a set with boxes as another format's files; what the format can't hold is said before.

    Read again, boxes are the same, bit by bit. See :func:`write_coco`, :func:`write_voc` and
    :func:`write_yolo` for what lies where.

    Args:
        dataset: any of this package's sets with boxes.
        folder: may hold other parts; nothing in it is replaced silently.
        to: ``"coco"``, ``"voc"`` or ``"yolo"``.
        split: the part's name.
        pictures: whether to copy them too.
        tell: is called with a sentence for each kind of thing that gets lost; a warning by default.

    Returns:
        The file through which a reader finds the part.

    Raises:
        InputError: another format, or what the writer refuses.
        FileError: likewise.
    """
    require_one_of("to", to, FORMATS)
    write = {"coco": write_coco, "voc": write_voc, "yolo": write_yolo}[to]
    return write(dataset, folder, split, pictures=pictures, tell=tell)
