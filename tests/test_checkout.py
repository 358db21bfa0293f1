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


def test_a_file_of_the_installed_package_is_found_by_how_its_path_ends(monkeypatch, tmp_path):
    class Entry:
        def __init__(self, name):
            self.as_posix = (tmp_path / "share/vislearn" / name).as_posix
            self.locate = lambda: tmp_path / "share/vislearn" / name

    names = ["notebooks/bn/index.ipynb", "notebooks/index.ipynb"]
    for name in names:
        (tmp_path / "share/vislearn" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "share/vislearn" / name).touch()
    monkeypatch.setattr(checkout.metadata, "files", lambda package: [Entry(name) for name in names])
    assert checkout.shared_file(names[1]) == tmp_path / "share/vislearn" / names[1]
    assert checkout.shared_file("notebooks/none.ipynb") is None
