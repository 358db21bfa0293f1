"""Whoever has set an index of their own is found to have one, however they set it."""

import os
import sys

import pytest

MIRROR = "http://mirror.school/simple"


@pytest.fixture
def env(tmp_path):
    """A machine with an empty home and no settings but those that a test writes."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "xdg"), "PATH": os.environ["PATH"]}


@pytest.fixture
def mirror(tool):
    return tool("mirror")


def test_none(mirror, env):
    assert mirror.uv_mirror(env) == ""
    assert mirror.pip_mirror(sys.executable, env | {"PIP_CONFIG_FILE": os.devnull}) == ""


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_one_in_uvs_variables(mirror, env, name):
    assert mirror.uv_mirror(env | {name: MIRROR}) == MIRROR


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (f'index-url = "{MIRROR}"', MIRROR),
        (f'[pip]\nindex-url = "{MIRROR}"', MIRROR),
        (f'[[index]]\nurl = "http://other/simple"\n[[index]]\nurl = "{MIRROR}"\ndefault = true', MIRROR),
        ('[[index]]\nurl = "http://other/simple"', ""),  # beside PyPI, not in its place
        ("index-url = half a line", ""),
    ],
)
@pytest.mark.parametrize("place", [".config/uv", "xdg/uv"])
def test_one_in_uvs_settings(mirror, env, tmp_path, settings, found, place):
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "uv.toml").write_text(settings)
    assert mirror.uv_mirror(env) == found
    assert mirror.uv_mirror(env | {"UV_NO_CONFIG": "1"}) == ""
    assert mirror.uv_mirror(env | {"UV_CONFIG_FILE": "/nowhere"}) == ""


@pytest.mark.parametrize(
    ("settings", "variable", "found"),
    [
        (f"[global]\nindex-url = {MIRROR}", "", MIRROR),
        (f"[global]\nindex-url = http://far/simple\n[install]\nindex-url = {MIRROR}", "", MIRROR),
        ("[global]\nindex-url = http://far/simple", MIRROR, MIRROR),
        ("[global]\nextra-index-url = http://far/simple", "", ""),
    ],
)
def test_one_in_pips_settings(mirror, env, tmp_path, settings, variable, found):
    (tmp_path / "pip.conf").write_text(settings)
    env |= {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")} | ({"PIP_INDEX_URL": variable} if variable else {})
    assert mirror.pip_mirror(sys.executable, env) == found
