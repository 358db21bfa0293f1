from vislearn import checkout


def test_this_is_a_checkout():
    assert checkout.is_checkout()
    assert (checkout.ROOT / "notebooks" / "source").is_dir()
    assert checkout.PACKAGE.name == "vislearn"


def test_an_installed_package_lies_in_none(monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    assert not checkout.is_checkout()
    (tmp_path / "pyproject.toml").touch()  # somebody else's
    assert not checkout.is_checkout()
