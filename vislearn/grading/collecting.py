"""What a class handed in: a folder or a zip file of notebooks, and whose each of them is."""

import hashlib
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vislearn.course.lessons import is_lesson_name
from vislearn.errors import FileError
from vislearn.files import is_litter
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem

__all__ = ["File", "Submission", "collect"]

_LARGEST_MB, _MOST_FILES = 50, 20_000
_ALL_MB = 4_000  # of a zip file, unpacked
_JOINERS = "\u200c\u200d"  # in Bengali names they decide how letters are written
_LESSON = re.compile(r"[ _.-]*(\d\d_[a-z0-9_]+)$")


@dataclass(frozen=True)
class File:
    """One notebook of a submission: its name, and its bytes, or the reason why there are none."""

    name: str
    data: bytes = b""
    problem: Problem | None = None


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: the name of their folder, or what their file's name says beside the lesson's.
        files: their notebooks, in order of their names.
    """

    student: str
    files: tuple[File, ...]

    @property
    def digest(self) -> str:
        """Another one as soon as a byte of it changes."""
        found = hashlib.sha256()
        for file in self.files:
            found.update(f"{file.name}\0{len(file.data)}\0".encode() + file.data)
        return found.hexdigest()


def collect(place: Path) -> list[Submission]:
    """Everybody's notebooks, in order of the names.

    In a folder of folders, each is a student's, whatever lies deeper in it; notebooks beside them are called
    after their students. A folder around all of them counts for nothing. Other files are left alone, links
    are not followed, nothing is unpacked on the disk.

    Args:
        place: a folder, or a zip file.

    Raises:
        FileError: it is neither, or holds no notebook.
    """
    found = list(_found(place))
    if not found:
        raise FileError(
            place, N_("holds no notebook (.ipynb)"), fix=N_("Name the folder of what was handed in.")
        )
    students: dict[str, list[File]] = {}
    paths = _unwrapped([path for path, _file in found])
    for path, (_path, file) in zip(paths, found, strict=True):
        students.setdefault(_student(path), []).append(file)
    return [Submission(name, tuple(files)) for name, files in sorted(students.items())]


def _printable(name: str) -> str:
    """Without what a terminal obeys and a file of UTF-8 can't hold."""
    return "".join(letter if letter.isprintable() or letter in _JOINERS else "?" for letter in name)


def _found(place: Path) -> Iterator[tuple[PurePosixPath, File]]:
    if place.is_dir():
        return _in_folder(place)
    if zipfile.is_zipfile(place):
        return _in_zip(place)
    what = N_("is neither a folder nor a zip file") if place.exists() else N_("is not there")
    raise FileError(place, what, fix=N_("Name the folder of what was handed in."))


def _unwrapped(paths: Sequence[PurePosixPath]) -> Sequence[PurePosixPath]:
    """The paths without a folder that all of them lie in, unless it is the only student's."""
    if len({path.parts[0] for path in paths}) != 1 or any(len(path.parts) < 2 for path in paths):
        return paths
    inner = [PurePosixPath(*path.parts[1:]) for path in paths]
    if any(len(path.parts) == 1 and is_lesson_name(path.stem) for path in inner):
        return paths
    return _unwrapped(inner)


def _student(path: PurePosixPath) -> str:
    if len(path.parts) > 1:
        return path.parts[0]
    return path.stem if is_lesson_name(path.stem) else _LESSON.sub("", path.stem) or path.stem


def _is_notebook(path: PurePosixPath) -> bool:
    inside = (part for part in path.parts if part != "..")
    return path.suffix.lower() == ".ipynb" and not is_litter(Path(*inside))


def _in_folder(place: Path) -> Iterator[tuple[PurePosixPath, File]]:
    for path in sorted(place.rglob("*")):
        name = PurePosixPath(_printable(path.relative_to(place).as_posix()))
        if not _is_notebook(name):
            continue
        if not path.resolve().is_relative_to(place.resolve()):
            yield name, _refused(name, _("is a link to another place"), _("Ask for the file itself."))
        elif path.is_file():
            yield name, _file(path, name)


def _file(path: Path, name: PurePosixPath) -> File:
    try:
        if path.stat().st_size > _LARGEST_MB * 1_000_000:
            return _too_large(name)
        return File(str(name), path.read_bytes())
    except OSError as error:
        return _refused(name, _("can't be read ({reason})", reason=error.strerror), _("Copy it again."))


def _in_zip(place: Path) -> Iterator[tuple[PurePosixPath, File]]:
    left = _ALL_MB * 1_000_000
    with _opened(place) as archive:
        members = archive.infolist()
        if len(members) > _MOST_FILES:
            raise FileError(
                place,
                N_("holds more than {count} files"),
                fix=N_("Unpack it, and name the folder."),
                count=_MOST_FILES,
            )
        for member in sorted(members, key=lambda member: member.filename):
            name = PurePosixPath(_printable(member.filename.replace("\\", "/")))
            if member.is_dir() or not _is_notebook(name):
                continue
            file = _member(archive, member, name, left)
            left -= len(file.data)
            yield _inside(name), file


def _opened(place: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(place)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise FileError(place, N_("is damaged"), fix=N_("Copy it again.")) from None


def _inside(name: PurePosixPath) -> PurePosixPath:
    """The name without what would lead out of a folder."""
    parts = [part for part in name.parts if part not in ("/", "..") and not part.endswith(":")]
    return PurePosixPath(*parts)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: PurePosixPath, left: int) -> File:
    if name.is_absolute() or ".." in name.parts:
        return _refused(name, _("would leave its folder"), _("Ask for it again."))
    if stat.S_ISLNK(member.external_attr >> 16):
        return _refused(name, _("is a link to another place"), _("Ask for the file itself."))
    most = min(_LARGEST_MB * 1_000_000, left)
    try:
        with archive.open(member) as packed:  # what it says of its size may be a lie
            data = packed.read(most + 1)
    except (RuntimeError, NotImplementedError):
        return _refused(
            name, _("is encrypted, or packed in an unknown way"), _("Ask for it without a password.")
        )
    except (zipfile.BadZipFile, EOFError, OSError, ValueError):
        return _refused(name, _("is damaged in the zip file"), _("Ask for it again."))
    except Exception as error:  # zlib's and lzma's own
        return _refused(
            name, _("can't be unpacked ({kind})", kind=type(error).__name__), _("Ask for it again.")
        )
    return _too_large(name) if len(data) > most else File(str(name), data)


def _too_large(name: PurePosixPath) -> File:
    return _refused(
        name, _("has more than {size} MB", size=_LARGEST_MB), _("Ask for it without its outputs.")
    )


def _refused(name: PurePosixPath, what: str, fix: str) -> File:
    return File(str(name), problem=Problem(str(name), what, fix))
