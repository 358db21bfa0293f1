"""What stands in a ``data.yaml``: the classes, and where the pictures of each part lie."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import yaml

from vislearn.errors import FileError, Words
from vislearn.io.names import plain_name
from vislearn.language import N_

__all__ = ["SPLITS", "class_list", "part_of", "read_yaml", "yaml_in"]

SPLITS = {"train": ("train",), "val": ("val", "validation", "valid"), "test": ("test",)}
_LARGEST = 1_000_000  # bytes; a hundred thousand names take less
_NAMES = Words(N_("Write names: [cat, dog], or names: {{0: cat, 1: dog}}."))


class _Loader(yaml.SafeLoader):
    """YAML without objects, without a key twice, and with names that stay words.

    In YAML 1.1 ``no`` is false: a class of that name, or Norway, would be called False.
    """

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping; of two equal keys YAML's readers take the last, and a class is lost without a word."""
        seen: set[str] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} stands there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def yaml_in(root: Path) -> Path | None:
    """The one YAML file of a folder: ``data.yaml``, else the only one there is; None: there is none.

    Args:
        root: the folder, or the file itself.

    Raises:
        FileError: there are several.
    """
    if root.is_file():
        return root
    found = [path for path in sorted(root.iterdir()) if path.suffix.lower() in {".yaml", ".yml"}]
    named = [path for path in found if path.stem.lower() == "data"]
    if len(named or found) > 1:
        listed = ", ".join(path.name for path in found)
        raise FileError(
            root,
            N_("has several YAML files: {listed}"),
            fix=N_("Name the right one instead of the folder."),
            listed=listed,
        )
    return next(iter(named or found), None)


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping.

    Args:
        file: text in UTF-8.

    Raises:
        FileError: it can't be read, or is no YAML; the sentence names the line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        content = yaml.load(text, _Loader) if len(text) <= _LARGEST else None
    except UnicodeDecodeError:
        raise FileError(file, N_("is not text in UTF-8"), fix=N_("Save it as UTF-8.")) from None
    except OSError as trouble:
        raise FileError(
            file, N_("can't be read ({reason})"), fix=N_("Name a YAML file."), reason=trouble.strerror
        ) from None
    except yaml.MarkedYAMLError as trouble:
        line = trouble.problem_mark.line + 1 if trouble.problem_mark else 1
        raise FileError(
            file,
            N_("is not YAML: {reason}, line {line}"),
            fix=N_("Mend that line."),
            reason=trouble.problem,
            line=line,
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError):  # a date of a 13th month; lists in lists in lists
        raise FileError(
            file, N_("holds YAML that no program means to write"), fix=N_("Export it again.")
        ) from None
    if not isinstance(content, dict):
        raise FileError(file, N_("holds no YAML of the form key: value"), fix=_NAMES)
    return content


def class_list(file: Path, content: Mapping[str, Any]) -> list[str]:
    """The names of the classes, in the order of their numbers, which are counted from 0.

    Args:
        file: where they stand.
        content: from :func:`read_yaml`.

    Raises:
        FileError: no names, a number without a name, a name twice, or another count than ``nc`` says.
    """
    names = content.get("names")
    if isinstance(names, dict):
        if set(names) != set(range(len(names))):
            keys = ", ".join(str(key) for key in list(names)[:10])
            raise FileError(
                file,
                N_("numbers its names {keys}, not 0, 1, 2 ..."),
                fix=N_("Give each number a name."),
                keys=keys,
            )
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not names:
        raise FileError(file, N_("has no names of classes"), fix=_NAMES)
    found = [plain_name(str(name)) for name in names if isinstance(name, str | int | float)]
    if len(found) < len(names) or not all(name.strip() for name in found):
        raise FileError(file, N_("has a class whose name is no word"), fix=N_("Put it in quotes."))
    for name in found:
        if found.count(name) > 1:
            raise FileError(
                file, N_("names a class twice: {name!r}"), fix=N_("Give each a name of its own."), name=name
            )
    if content.get("nc", len(found)) != len(found):
        raise FileError(
            file,
            N_("has {count} names, but says nc: {nc}"),
            fix=N_("Correct one of them."),
            count=len(found),
            nc=content["nc"],
        )
    return found


def part_of(file: Path, content: Mapping[str, Any], split: str) -> list[Path]:
    """The folders of pictures, or lists of pictures, of one part.

    ``path:`` is often another machine's, and Roboflow writes ``../train/images`` for a folder *beside* its
    file: a place that isn't there is looked for from the file's own folder, and without the dots.

    Args:
        file: the YAML file.
        content: from :func:`read_yaml`.
        split: one of :data:`SPLITS`.

    Raises:
        FileError: the part isn't named, or isn't there.
    """
    key = next((key for key in SPLITS[split] if content.get(key)), None)
    if key is None:
        named = [word for words in SPLITS.values() for word in words if content.get(word)]
        raise FileError(
            file,
            N_("names no pictures for {split}"),
            fix=N_("It has: {parts}."),
            split=split,
            parts=", ".join(named) or Words(N_("none")),
        )
    entries = content[key] if isinstance(content[key], list) else [content[key]]
    places = []
    for entry in entries:
        place = next((place for place in _places(file, content, str(entry)) if place.exists()), None)
        if place is None:
            fix = Words(N_("Paths are relative to path:, or to {folder}."), folder=file.parent)
            raise FileError(
                file,
                Words(N_("names {entry} for {split}, which is not there"), entry=entry, split=split),
                fix=fix,
            )
        places.append(place)
    return places


def _places(file: Path, content: Mapping[str, Any], entry: str) -> Iterator[Path]:
    entry = entry.replace("\\", "/")
    base = str(content.get("path") or "").replace("\\", "/")
    for name in (entry, entry.removeprefix("../")):
        yield file.parent / base / name
        yield file.parent / name
