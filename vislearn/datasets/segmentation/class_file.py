"""Text files that name the classes of label images, in the forms that are about."""

import re
from dataclasses import dataclass
from pathlib import Path

from vislearn.errors import FileError, Words
from vislearn.io.names import plain_name
from vislearn.language import N_

__all__ = ["Entry", "read_classes"]

_FIX = N_("Known forms: 'R G B name', 'number name', 'name,r,g,b', 'name:r,g,b::', or a name on each line.")
# the strictest first: a number, a name and a colour are all words too
_FORMS: dict[str, re.Pattern[str]] = {
    "R G B name": re.compile(r"(?P<r>\d+)[\s,]+(?P<g>\d+)[\s,]+(?P<b>\d+)[\s,]+(?P<name>\S.*)"),
    "number name": re.compile(r"(?P<number>\d+)(?:\s*[,:]\s*|\s+)(?P<name>\S.*)"),
    "name,r,g,b": re.compile(r"(?P<name>[^,]*\S)\s*,\s*(?P<r>\d+)\s*,\s*(?P<g>\d+)\s*,\s*(?P<b>\d+)"),
    "name:r,g,b::": re.compile(
        r"(?P<name>[^:]*\S)\s*:\s*(?P<r>\d+)\s*,\s*(?P<g>\d+)\s*,\s*(?P<b>\d+)\s*(?::.*)?"
    ),
    "name": re.compile(r"(?P<name>[^\d\s,:;][^,:;]*)"),
}
_HEADS = re.compile(r"(name|class|label|id|index)?\s*[,;]\s*(name|class|label|r(ed)?)\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One class as it was named: its number and its colour where they stand beside the name."""

    name: str
    number: int | None = None
    color: tuple[int, int, int] | None = None


def read_classes(path: str | Path) -> list[Entry]:
    """The classes of a text file, in its order.

    Every line is of one form: ``R G B name`` (CamVid's ``label_colors.txt``), ``number name``, ``name,r,g,b``
    (``class_dict.csv``), ``name:r,g,b::`` (CVAT's ``labelmap.txt``) or a name alone (``codes.txt``). Empty
    lines and such that begin with ``#`` are left out, and so is a table's head.

    Args:
        path: text in UTF-8.

    Raises:
        FileError: it can't be read, has no class, a line of another form than the first, or a colour above
            255; with the number of the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FileError(path, N_("is no text in UTF-8"), fix=N_("Save it as UTF-8.")) from None
    except FileNotFoundError:
        raise FileError(
            path,
            N_("does not exist"),
            fix=Words("{first} {then}", first=Words(N_("Check its name and its folder.")), then=Words(_FIX)),
        ) from None
    except OSError as trouble:
        raise FileError(
            path, N_("can't be read ({reason})"), fix=N_("Check its name."), reason=trouble.strerror
        ) from None
    rows = [(at, line.strip()) for at, line in enumerate(lines, start=1)]
    rows = [(at, line) for at, line in rows if line and not line.startswith("#")]
    if rows and _HEADS.fullmatch(rows[0][1]):
        rows = rows[1:]
    if not rows:
        raise FileError(path, N_("names no class"), fix=_FIX)
    form = next((form for form in _FORMS if _FORMS[form].fullmatch(rows[0][1])), "")
    return [_entry(path, at, line, form) for at, line in rows]


def _entry(path: str | Path, at: int, line: str, form: str) -> Entry:
    found = _FORMS[form].fullmatch(line) if form else None
    if found is None:
        rule = Words(N_("of no form that is known"))
        if form:
            rule = Words(N_("not {form!r} as the lines before"), form=form)
        raise FileError(
            path, N_("has a line {at} that is {rule}: {line!r}"), fix=_FIX, at=at, rule=rule, line=line[:60]
        )
    parts = found.groupdict()
    name, number = plain_name(parts["name"].strip()), parts.get("number")
    color = tuple(int(parts[channel]) for channel in "rgb") if "r" in parts else None
    if color and max(color) > 255:
        raise FileError(
            path,
            N_("has a colour above 255 in line {at}: {line!r}"),
            fix=N_("Colours: 0 ... 255."),
            at=at,
            line=line[:60],
        )
    if number is not None and int(number) >= 2**16:
        raise FileError(
            path, N_("has a number above 65535 in line {at}: {line!r}"), fix=_FIX, at=at, line=line[:60]
        )
    return Entry(name, None if number is None else int(number), color)  # type: ignore[arg-type]
