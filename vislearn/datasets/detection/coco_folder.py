"""Which files of a folder are COCO's, whatever they are called, and where their pictures lie."""

from pathlib import Path

from vislearn.datasets.detection.coco_file import read_json
from vislearn.errors import FileError
from vislearn.files import is_litter
from vislearn.io.names import find_named

__all__ = ["coco_files", "home_of", "json_files"]

_TRIED = 100  # pictures that a file names, looked for until one is there


def coco_files(root: Path) -> list[Path]:
    """JSON files with COCO's three lists, one for each part.

    Beside ``instances_train2017.json`` COCO's own folder has ``person_keypoints_train2017.json`` and others
    that say something else of the same pictures: they are no parts.

    Args:
        root: the folder; they lie in it, or one folder below.
    """
    found = [path for path in json_files(root) if _is_coco(path)]
    return [path for path in found if (twin := _instances_of(path)) == path or twin not in found]


def json_files(root: Path) -> list[Path]:
    """Those in a folder and one folder below, sorted.

    Args:
        root: the folder.
    """
    return sorted(
        path for path in (*root.glob("*.json"), *root.glob("*/*.json")) if not is_litter(Path(path.name))
    )


def home_of(path: Path, root: Path) -> Path:
    """Where the first picture lies that the file names and that is there; else the file's own folder.

    Args:
        path: one of :func:`coco_files`.
        root: the folder in which to look, and below it.

    Raises:
        FileError: a file that can't be read.
    """
    images = read_json(path)["images"]
    names = [image.get("file_name") for image in images if isinstance(image, dict)] if images else []
    folders = [root, *sorted(entry for entry in root.rglob("*") if entry.is_dir())]
    for name in [name for name in names if isinstance(name, str) and name][:_TRIED]:
        for folder in folders:
            if find_named(folder, name):
                return folder
    return path.parent


def _instances_of(path: Path) -> Path:
    """What COCO calls the file with the boxes of the same part."""
    return path.with_name(f"instances_{path.stem.rpartition('_')[2]}{path.suffix}")


def _is_coco(path: Path) -> bool:
    try:
        found = read_json(path)
    except FileError:
        return False
    return isinstance(found, dict) and {"images", "annotations", "categories"} <= set(found)
