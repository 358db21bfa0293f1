"""Where objects stand in the file of annotations that they come from, for sentences that name them there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vislearn.errors import Words

__all__ = ["Origin"]


@dataclass(frozen=True)
class Origin:
    """The file of a picture's objects, and the place of each in it.

    Attributes:
        file: of annotations.
        places: of each object, in words, such as ``"line 4"``.
    """

    file: Path
    places: Sequence[str]

    def named(self, index: int, name: str) -> str:
        """One object in words.

        Args:
            index: which, from 0.
            name: of its class.

        >>> Origin(Path("a.txt"), ["line 1", "line 4"]).named(1, "cat")
        'line 4 (cat)'
        """
        return Words("{place} ({name})", place=self.places[index], name=name)

    def chosen(self, kept: Sequence[int]) -> "Origin":
        """Of some of the objects only.

        Args:
            kept: which, from 0.
        """
        return Origin(self.file, [self.places[index] for index in kept])
