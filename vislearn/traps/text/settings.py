"""What a setting is where nobody changes it: of the command line, of a class, of a dictionary."""

import ast

from vislearn.traps.text.source import Source, dotted

__all__ = ["arguments", "settings"]

_BAGS = ("dict", "types.SimpleNamespace", "SimpleNamespace")


def arguments(source: Source, call: ast.Call) -> dict[str, ast.expr]:
    """The named arguments of a call, those of ``**options`` too where these are set once.

    Args:
        source: of the call.
        call: to look at.
    """
    named: dict[str, ast.expr] = {}
    for one in call.keywords:
        named |= {one.arg: one.value} if one.arg else _only_bag(source, one.value)
    return named


def settings(source: Source, asked: ast.expr) -> list[ast.expr]:
    """What ``args.workers``, ``Config.workers`` or ``options["workers"]`` may stand for; nothing: who knows.

    Args:
        source: of the expression.
        asked: as it is written.
    """
    if isinstance(asked, ast.Subscript) and isinstance(asked.slice, ast.Constant):
        value = _only_bag(source, asked.value).get(str(asked.slice.value))
        return [] if value is None or _is_changed(source, asked) else [value]
    if not isinstance(asked, ast.Attribute):
        return []
    kept = _only_bag(source, asked.value).get(asked.attr)
    if kept is not None:
        return [kept]
    return _of_class(source, asked) or _defaults(source, asked)


def _only_bag(source: Source, owner: ast.expr) -> dict[str, ast.expr]:
    """The items of a dictionary or a namespace that a name is set to once."""
    if isinstance(owner, ast.Name):
        values = source.values_of(owner.id, owner)
        owner = values[0] if len(values) == 1 else owner
    if isinstance(owner, ast.Dict):
        pairs = zip(owner.keys, owner.values, strict=True)
        return {str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)}
    if isinstance(owner, ast.Call) and (dotted(owner.func) in _BAGS or source.full_name(owner.func) in _BAGS):
        return {one.arg: one.value for one in owner.keywords if one.arg}
    return {}


def _is_changed(source: Source, asked: ast.Subscript) -> bool:
    """Whether an item of this dictionary is set, or the dictionary updated, anywhere."""
    name = dotted(asked.value)
    stored = (one for one in source.nodes if isinstance(one, ast.Subscript) and not _is_read(one))
    updated = any(dotted(call.func) == f"{name}.update" for call in source.calls())
    return updated or any(dotted(one.value) == name for one in stored)


def _is_read(item: ast.Subscript) -> bool:
    return isinstance(item.ctx, ast.Load)


def _of_class(source: Source, asked: ast.Attribute) -> list[ast.expr]:
    """What stands in the body of the class, for the class itself and for ``Config()`` made without words."""
    name = dotted(asked.value)
    values = source.values_of(name, asked) if isinstance(asked.value, ast.Name) else []
    if len(values) == 1 and isinstance(values[0], ast.Call) and not values[0].args + values[0].keywords:
        name = dotted(values[0].func)
    kinds = [one for one in source.nodes if isinstance(one, ast.ClassDef) and one.name == name]
    if len(kinds) != 1 or any(dotted(target).endswith(f".{asked.attr}") for target in _stores(source)):
        return []
    found: list[ast.expr] = []
    for line in kinds[0].body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        value = getattr(line, "value", None)
        if value is not None and any(isinstance(one, ast.Name) and one.id == asked.attr for one in targets):
            found.append(value)
    return found


def _stores(source: Source) -> list[ast.expr]:
    return [
        one for one in source.nodes if isinstance(one, ast.Attribute) and not isinstance(one.ctx, ast.Load)
    ]


def _defaults(source: Source, option: ast.Attribute) -> list[ast.expr]:
    """What ``args.workers`` is where nobody gives ``--workers``; nothing: it is no option of argparse's."""
    if not isinstance(option.value, ast.Name):
        return []
    parsed = source.values_of(option.value.id, option)
    if not parsed or not all(_parses(one) for one in parsed):
        return []
    methods = [(one.func.attr, one) for one in source.calls() if isinstance(one.func, ast.Attribute)]
    named = [call for name, call in methods if name == "add_argument" and _option(call) == option.attr]
    if len(named) != 1 or any(name == "set_defaults" for name, _call in methods):
        return []
    return [one.value for one in named[0].keywords if one.arg == "default"]


def _parses(value: ast.expr) -> bool:
    """``parser.parse_args()`` of the command line, and of nothing else."""
    if not isinstance(value, ast.Call) or value.args or value.keywords:
        return False
    return dotted(value.func).endswith(".parse_args")


def _option(call: ast.Call) -> str:
    """Where argparse keeps an option: ``num_workers`` of ``add_argument("-j", "--num-workers")``."""
    dest = [one.value for one in call.keywords if one.arg == "dest"]
    texts = [str(one.value) for one in dest or call.args if isinstance(one, ast.Constant)]
    long = [one for one in texts if one.startswith("--")]
    return (long or texts or [""])[0].lstrip("-").replace("-", "_")
