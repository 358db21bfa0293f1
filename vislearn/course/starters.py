"""Telling an exercise's untouched starter from an answer, by its text alone."""

import ast

__all__ = ["is_starter"]


def is_starter(source: str) -> bool:
    r"""Is it one function, and nothing in it but its prompt and three dots?

    >>> is_starter("def double(x):\n    ..."), is_starter("def double(x):\n    return 2 * x")
    (True, False)
    """
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):  # ValueError: a null byte
        return False
    if len(statements) != 1 or not isinstance(statements[0], ast.FunctionDef):
        return False
    *prompt, last = (ast.unparse(statement) for statement in statements[0].body)
    return len(prompt) <= 1 and last == "..."
