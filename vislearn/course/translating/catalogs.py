"""gettext catalogues that make small diffs: no dates, no line numbers, the order of the text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import count
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, denormalize, normalize, read_po

from vislearn.course.problems import first_of
from vislearn.course.translating.markup import disagreements
from vislearn.errors import FileError
from vislearn.files import write_text
from vislearn.problems import Problem

__all__ = ["Entry", "catalog_problems", "one_text", "read_catalog", "translations", "update_catalog"]

_HEADER = (
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 8bit",
)
_WIDTH = 100
_NUMBERED = re.compile(r"\|\d+\|\s*")


@dataclass(frozen=True)
class Entry:
    """A text to translate, and what helps a translator to place it."""

    message: str
    notes: Sequence[str] = ()
    places: Sequence[str] = ()


def read_catalog(path: Path, language: str) -> Catalog:
    """The catalogue in a file, or an empty one.

    Raises:
        FileError: the file is damaged.
    """
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    try:
        text = _numbered_previous(path.read_text(encoding="utf-8"))
        catalog = read_po(StringIO(text), locale=language, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise FileError(path, f"is damaged ({error})", fix="Mend it there, or restore it with git.") from None
    for message in [*catalog, *catalog.obsolete.values()]:
        if message.id:
            _restore_previous(message)
    return catalog


def translations(catalog: Catalog) -> dict[str, str]:
    """Message to translation, of those that are translated and sure."""
    return {
        one_text(message.id): one_text(message.string)
        for message in catalog
        if message.id and message.string and not message.fuzzy
    }


def one_text(text: str | Sequence[str] | None) -> str:
    """A message as gettext has it: singular and plural in one; the course has no plurals."""
    return text if isinstance(text, str) else text[0] if text else ""


def update_catalog(
    path: Path, language: str, entries: Iterable[Entry], *, title: str, prune: bool = False
) -> bool:
    """Bring a catalogue up to date with what there is to translate; say whether the file changed.

    A translation stays with its message. A message that changed keeps its old translation, marked fuzzy,
    with the message it belonged to. What is no longer there moves to the end, commented out, and comes
    back if the message does.

    Args:
        path: the catalogue; made if it isn't there.
        language: its language's code.
        entries: what there is to translate, in the order of the text.
        title: the file's first line, as a comment, when it is new.
        prune: forget what is no longer there.

    Raises:
        FileError: the file is damaged.
    """
    catalog = read_catalog(path, language)
    for old in catalog.obsolete.values():
        catalog[old.id] = old
    catalog.obsolete.clear()
    template = Catalog()
    for entry in entries:
        notes = [note for note in entry.notes if note not in _notes(template, entry.message)]
        template.add(entry.message, auto_comments=notes, locations=[(place, 0) for place in entry.places])
    previous = {message.id: message.previous_id for message in catalog if message.fuzzy}
    catalog.update(template)
    for message in catalog:
        message.previous_id = message.previous_id or previous.get(message.id, [])
    if prune:
        catalog.obsolete.clear()
    text = _text(catalog, language, title if not path.exists() else None)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_text(path, text)
    return True


def catalog_problems(
    where: str,
    catalog: Catalog,
    messages: Mapping[str, object] | Iterable[str],
    *,
    update: str,
    formatted: bool,
) -> list[Problem]:
    """What keeps a catalogue from being a whole translation of ``messages``.

    Args:
        where: the catalogue's file, as people type it.
        catalog: what is in it.
        messages: what there is to translate now.
        update: the command that brings the file up to date.
        formatted: the messages are templates for ``str.format``.
    """
    wanted = dict.fromkeys(messages)
    there = {one_text(message.id): message for message in catalog if message.id}
    groups: list[tuple[str, str, list[str]]] = [
        (
            "lacks the source's message {first}",
            f"Run: {update}",
            [message for message in wanted if message not in there],
        ),
        (
            "has a message that is no longer in the source, {first}",
            f"Run: {update}",
            [message for message in there if message not in wanted],
        ),
        (
            "has no translation of {first}",
            "Translate them there",
            [message for message, entry in there.items() if not entry.string],
        ),
        (
            "has a fuzzy translation of {first}",
            "Mend each there and delete its '#, fuzzy'",
            [message for message, entry in there.items() if entry.fuzzy],
        ),
        (
            "keeps an obsolete translation of {first}",
            f"Run: {update} --prune",
            [one_text(message.id) for message in catalog.obsolete.values()],
        ),
    ]
    problems = [
        Problem(where, what.format(first=first_of(found)), fix) for what, fix, found in groups if found
    ]
    for message, translation in translations(catalog).items():
        for what in disagreements(message, translation, formatted=formatted):
            problems.append(
                Problem(where, f"at {first_of([message])}: the translation {what}", "Mend it there")
            )
    return problems


def _notes(catalog: Catalog, message: str) -> Sequence[str]:
    return found.auto_comments if (found := catalog.get(message)) else ()


def _numbered_previous(text: str) -> str:
    """Make the lines of ``#| msgid`` differ: Babel takes them for comments, and drops one said twice."""
    number = count()
    return re.sub(r"^#\|", lambda _: f"#|{next(number)}|", text, flags=re.MULTILINE)


def _restore_previous(message: Message) -> None:
    """Babel writes ``#| msgid`` but reads it back as somebody's comment."""
    old = [_NUMBERED.sub("", comment) for comment in message.user_comments if comment.startswith("|")]
    message.user_comments = [comment for comment in message.user_comments if not comment.startswith("|")]
    if old:
        message.previous_id = [denormalize("\n".join(old).removeprefix("msgid").strip())]


def _text(catalog: Catalog, language: str, title: str | None) -> str:
    """The catalogue as a file. Babel's own writer dates every file and breaks long ``#|`` lines."""
    comment = f"# {title}" if title else catalog.header_comment.rstrip()
    header = "".join(f'"{line}\\n"\n' for line in (f"Language: {language}", *_HEADER))
    parts = [f'{comment}\nmsgid ""\nmsgstr ""\n{header}']
    parts += [_entry(message) for message in catalog if message.id]
    parts += [_entry(message, "#~ ") for message in catalog.obsolete.values()]
    return "\n".join(parts)


def _entry(message: Message, prefix: str = "") -> str:
    lines = [f"# {comment}" for comment in message.user_comments]
    if not prefix:
        lines += [f"#. {note}" for note in message.auto_comments]
        lines += [f"#: {place}" for place in dict.fromkeys(place for place, _ in message.locations)]
        if message.fuzzy:
            lines.append("#, fuzzy")
            lines += [f"#| msgid {normalize(old, '#| ', _WIDTH)}" for old in message.previous_id[:1]]
    lines.append(f"{prefix}msgid {normalize(one_text(message.id), prefix, _WIDTH)}")
    lines.append(f"{prefix}msgstr {normalize(one_text(message.string), prefix, _WIDTH)}")
    return "\n".join(lines) + "\n"
