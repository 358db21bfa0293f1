"""Which tests may notice a change of a module: those that mirror it, and others by what they import."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["baselines", "mirrors", "related"]

_APART = ("benchmarks", "browser", "notebooks")  # under tests/: they take minutes, or need a browser


def mirrors(module: Path, root: Path) -> list[str]:
    """The tests that mirror a module: its own, or those of its folder where none is.

    Args:
        module: relative to the checkout.
        root: of the checkout.
    """
    folder = Path("tests", *module.parts[1:-1])
    own = folder / f"test_{module.stem.strip('_')}.py"
    tests = [own] if (root / own).exists() else sorted((root / folder).glob("test_*.py"))
    return [str(root.joinpath(test).relative_to(root)) for test in tests]


def related(module: Path, root: Path) -> list[str]:
    """Other tests that may notice a change of a module, the nearest first.

    Those that import it, or from its room what it defines; then those that mirror modules which do; then the
    rest of the room's.

    Args:
        module: relative to the checkout.
        root: of the checkout.
    """
    home = Path("tests", *module.parts[1:-1])
    names = _addresses(module, root)
    tests = [test for test in _near(home, root, "tests") if test.name.startswith("test_")]
    users = [user for user in _near(Path(*module.parts[:-1]), root, "vislearn") if user != module]
    found = [
        *(str(test) for test in tests if _imported(root / test) & names),
        *(test for user in users if _imported(root / user) & names for test in mirrors(user, root)),
        *(str(test) for test in tests if _room(test) == Path(*home.parts[:2])),
    ]
    known = [*mirrors(module, root), *baselines(module, root)]
    return [test for test in dict.fromkeys(found) if test not in known]


def baselines(module: Path, root: Path) -> list[str]:
    """The tests of its room that compare all that is drawn with what was looked at, the nearest first.

    Args:
        module: relative to the checkout.
        root: of the checkout.
    """
    home = Path("tests", *module.parts[1:-1])
    tests = (test for test in _near(home, root, "tests") if _room(test) == Path(*home.parts[:2]))
    return [str(test) for test in tests if test.name == "test_baselines.py"]


def _near(home: Path, root: Path, top: str) -> list[Path]:
    """The modules below a folder of the checkout, the nearest of another folder first."""
    files = [file.relative_to(root) for file in sorted((root / top).rglob("*.py"))]
    return sorted(
        (file for file in files if file.parts[1] not in _APART),
        key=lambda file: (_steps(file.parent, home), len(file.parts)),
    )


def _steps(start: Path, goal: Path) -> int:
    """How many folders are left and entered on the way."""
    return len({start, *start.parents} ^ {goal, *goal.parents})


def _room(test: Path) -> Path:
    return Path(*test.parent.parts[:2])


def _addresses(module: Path, root: Path) -> set[str]:
    """What others import when they import a module, or from its room what it defines."""
    packages = [".".join(folder.parts) for folder in module.parents if len(folder.parts) > 1]
    own = module.parent if module.stem == "__init__" else module.with_suffix("")
    defined = _defined(ast.parse((root / module).read_text("utf-8")))
    return {".".join(own.parts), *(f"{package}.{name}" for name in defined for package in packages)}


def _defined(tree: ast.Module) -> Iterator[str]:
    """The public names of a module."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name) | ast.ClassDef(name) | ast.AnnAssign(ast.Name(name)):
                yield from [name] if not name.startswith("_") else []
            case ast.Assign(targets):
                yield from (one.id for one in targets if isinstance(one, ast.Name) and one.id[0] != "_")


@cache
def _imported(file: Path) -> set[str]:
    """The addresses of all that a file imports, wherever it does, with the packages around them."""
    tree = ast.parse(file.read_text("utf-8"))
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(str(package), names):
                bound |= {one.asname or one.name: f"{package}.{one.name}" for one in names}
            case ast.Import(names):
                bound |= {one.asname or one.name: one.name for one in names}
    used = (ast.unparse(node).partition(".") for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    addresses = {*bound.values(), *(f"{bound[name]}.{rest}" for name, _, rest in used if name in bound)}
    return {one.rsplit(".", up)[0] for one in addresses for up in range(one.count(".") + 1)}
