"""What every case of the clinic asks for: a result, and the trap that the program was in."""

from typing import Any

from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _
from vislearn.traps import CATALOG

__all__ = ["NAMED", "result_and_name", "trap_name"]

NAMED = N_("The trap that the program was in is named")


def result_and_name(answer: Any) -> tuple[Any, str]:
    """The two parts of an answer.

    Args:
        answer: what a learner's function returned.

    Raises:
        Unusable: it is no pair, or its second part is no trap's name.
    """
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Unusable(
            _("a pair expected, the result and the trap's name; it returned {got}.", got=describe(answer))
        )
    return answer[0], trap_name(answer[1])


def trap_name(name: Any) -> str:
    """A trap's name, as the catalogue writes it.

    Args:
        name: what a learner wrote.

    Raises:
        Unusable: no trap has this name.
    """
    if name not in [trap.name for trap in CATALOG]:
        raise Unusable(
            _(
                "the trap must be named as in `traps.CATALOG`, in quotes, like "
                '"missing_eval"; it was named {got}.',
                got=repr(name) if isinstance(name, str) else describe(name),
            )
        )
    return str(name)
