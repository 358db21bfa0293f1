"""Functions exchanged for a while, and given back as the very same objects."""

import functools
from collections.abc import Callable
from typing import Any

__all__ = ["Patches"]


class Patches:
    """Wrappers around functions of modules and classes, until :meth:`restore`.

    >>> import math
    >>> patches, sqrt, calls = Patches(), math.sqrt, []
    >>> patches.before(math, "sqrt", lambda *arguments, **named: calls.append(arguments))
    >>> math.sqrt(4.0), calls
    (2.0, [(4.0,)])
    >>> patches.restore()
    >>> math.sqrt is sqrt
    True
    """

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._alive = True

    def before(self, owner: Any, name: str, tell: Callable[..., object]) -> None:
        """Call ``tell`` with a function's arguments, then the function.

        Args:
            owner: a module or a class that holds the function itself, no parent of it.
            name: of the function there.
            tell: told what the function is called with.
        """

        def around(original: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
            tell(*arguments, **named)
            return original(*arguments, **named)

        self.around(owner, name, around)

    def around(self, owner: Any, name: str, around: Callable[..., Any]) -> None:
        """Call ``around(function, …)`` where somebody calls the function.

        Args:
            owner: a module or a class that holds the function itself, no parent of it.
            name: of the function there.
            around: calls the function, and returns its answer.
        """
        original = vars(owner)[name]

        @functools.wraps(original)
        def wrapper(*arguments: Any, **named: Any) -> Any:
            # whoever kept the wrapper ("from … import" inside the block) has the plain function later
            if not self._alive:
                return original(*arguments, **named)
            return around(original, *arguments, **named)

        setattr(owner, name, wrapper)
        self._replaced.append((owner, name, original, wrapper))

    def restore(self) -> None:
        """Give every function back; one that somebody else has exchanged since then stays theirs."""
        self._alive = False
        while self._replaced:
            owner, name, original, wrapper = self._replaced.pop()
            if vars(owner).get(name) is wrapper:
                setattr(owner, name, original)
