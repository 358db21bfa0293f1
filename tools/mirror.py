"""The package index that stands in for PyPI on this machine: a classroom's or a company's own."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["pip_mirror", "uv_mirror"]


def uv_mirror(env: Mapping[str, str]) -> str:
    """The address that uv itself asks in PyPI's place, by its variables or its settings; "" for none.

    >>> uv_mirror({"UV_DEFAULT_INDEX": "http://school/simple", "UV_NO_CONFIG": "1"})
    'http://school/simple'
    """
    if named := env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL"):
        return named
    if env.get("UV_NO_CONFIG"):
        return ""
    return next(filter(None, map(_in_settings, _settings_files(env))), "")


def _settings_files(env: Mapping[str, str]) -> Iterator[Path]:
    """Where uv looks: the file that is named, or the user's before the machine's."""
    if chosen := env.get("UV_CONFIG_FILE"):
        yield Path(chosen)
        return
    if os.name == "nt":
        folders = [env.get("APPDATA", ""), env.get("PROGRAMDATA", "")]
    else:
        folders = [env.get("XDG_CONFIG_HOME") or f"{env.get('HOME', '')}/.config"]
        folders += [*(env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"), "/etc"]
    yield from (Path(folder) / "uv/uv.toml" for folder in folders if folder)


def _in_settings(file: Path) -> str:
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # absent, or one that uv itself will complain of
        return ""
    for part in (settings, settings.get("pip", {})):
        for index in part.get("index", []):
            if index.get("default"):
                return str(index.get("url", ""))
        if part.get("index-url"):
            return str(part["index-url"])
    return ""


def pip_mirror(python: Path, env: Mapping[str, str]) -> str:
    """The address that pip's settings name in PyPI's place; uv doesn't read them and must be told."""
    command = [str(python), "-m", "pip", "config", "list", "--disable-pip-version-check"]
    said = subprocess.run(command, capture_output=True, text=True, env=dict(env)).stdout
    found = dict(re.findall(r"(?m)^(:env:|install|global)\.index-url=(.*)$", said))
    nearest = next((found[place] for place in (":env:", "install", "global") if place in found), "''")
    return str(ast.literal_eval(nearest))  # pip prints Python's repr
