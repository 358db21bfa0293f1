"""One wording for everything that can go wrong: what, the rule, what came, what to do."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

__all__ = [
    "DoubtWarning",
    "FileError",
    "InputError",
    "MissingError",
    "VislearnError",
    "Words",
    "first_line",
    "require_one_of",
]

_LONGEST_LINE = 240  # characters; a library's error may hold a whole tensor


class Words(str):
    """An English text that knows how it was put together, to be said in another language later.

    Args:
        message: with ``{names}``, marked for the translators by ``N_``.
        **values: what stands for each ``{name}``; may be words, too.

    >>> Words("{place} of {file}", place=Words("line {line}", line=4), file="a.txt")
    'line 4 of a.txt'
    """

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, /, **values: object) -> "Words":
        """The text in English, with what it is made of."""
        words = super().__new__(cls, message.format(**values))
        words.message, words.values = message, values
        return words

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.message,), self.values


class VislearnError(Exception):
    """Any error this package raises on purpose; its text is one sentence for people."""


class InputError(VislearnError, ValueError):
    """An argument breaks its rule.

    Texts may be :class:`Words`, or marked by ``N_``: so :func:`vislearn.problems.words_of` can say them in
    the learner's language.

    >>> raise InputError("image", "must be uint8 in 0..255", got="float32", fix="Call it before scaling.")
    Traceback (most recent call last):
    ...
    vislearn.errors.InputError: image must be uint8 in 0..255, got float32. Call it before scaling.
    """

    def __init__(self, name: str, rule: str, *, got: object, fix: str = "") -> None:
        super().__init__(f"{name} {rule}, got {got}. {fix}".rstrip())
        self.name, self.rule, self.got, self.fix = name, rule, got, fix


class FileError(VislearnError, OSError):
    """A file or folder can't be used as it is: damaged, empty, of the wrong kind.

    ``problem`` and ``fix`` may be messages with ``{names}``, filled in by what stands for each, or
    :class:`Words`: so :func:`vislearn.problems.problem_of` can say them in the learner's language.

    >>> raise FileError("cats/3.jpg", "is cut off after 512 bytes", fix="Copy it again, or delete it.")
    Traceback (most recent call last):
    ...
    vislearn.errors.FileError: cats/3.jpg is cut off after 512 bytes. Copy it again, or delete it.
    """

    # A DataLoader raises a worker's error again from one text; without the defaults it would arrive as
    # RuntimeError, and nobody could catch it by its kind.
    def __init__(self, path: str | Path, problem: str = "", *, fix: str = "", **values: object) -> None:
        self.messages, self.values = (problem, fix), values
        problem, fix = (text.format(**values) if values else text for text in self.messages)
        super().__init__(f"{path} {problem}. {fix}".rstrip() if problem else str(path))
        self.path, self.problem, self.fix = Path(path), problem, fix

    # Loader workers send errors home by pickle; OSError would rebuild this one from its text alone.
    def __reduce__(self) -> tuple:
        return _rebuild_file_error, (str(self.path), *self.messages, self.values)


def _rebuild_file_error(path: str, problem: str, fix: str, values: dict[str, object]) -> FileError:
    return FileError(path, problem, fix=fix, **values)


class DoubtWarning(UserWarning):
    """A file can be used, and is hardly what its owner thinks it is.

    Args:
        doubt: the same as an error, which has its words: a command says them in the learner's language.

    >>> print(DoubtWarning(FileError("a.png", "is nearly black", fix="Look at it.")))
    a.png is nearly black. Look at it.
    """

    def __init__(self, doubt: FileError) -> None:
        super().__init__(str(doubt))
        self.doubt = doubt

    def __reduce__(self) -> tuple:
        return DoubtWarning, (self.doubt,)


class MissingError(VislearnError, LookupError):
    """Something optional isn't at hand: data, weights, a program. Says how to get it."""

    def __init__(self, what: str, *, fix: str) -> None:
        super().__init__(f"{what} {fix}")


def first_line(error: object, *, named: bool = False) -> str:
    r"""What an error or a warning says, in one line: its first, cut short; its kind where it says nothing.

    Args:
        error: anything with a text.
        named: put its kind before what it says.

    >>> first_line(ValueError("no pictures\nat all"), named=True)
    'ValueError: no pictures'
    >>> first_line(KeyboardInterrupt())
    'KeyboardInterrupt'
    """
    kind, text = type(error).__name__, str(error).strip()
    if not text:
        return kind
    line = text.splitlines()[0].strip()
    if len(line) > _LONGEST_LINE:
        line = line[: _LONGEST_LINE - 1] + "…"
    return f"{kind}: {line}" if named else line


def require_one_of(name: str, value: object, allowed: Iterable[object]) -> None:
    """Refuse a value outside a short list, and guess what was meant.

    Raises:
        InputError: ``value`` is not in ``allowed``.

    >>> require_one_of("average", "marco", ["macro", "micro"])
    Traceback (most recent call last):
    ...
    vislearn.errors.InputError: average must be one of 'macro', 'micro', got 'marco'. Did you mean 'macro'?
    """
    allowed = list(allowed)
    if value in allowed:
        return
    close = get_close_matches(str(value), [str(option) for option in allowed], n=1)
    raise InputError(
        name,
        f"must be one of {', '.join(repr(option) for option in allowed)}",
        got=repr(value),
        fix=f"Did you mean {close[0]!r}?" if close else "",
    )
