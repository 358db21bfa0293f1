from vislearn.course.building.translations import update_translations


def test_updating_makes_the_file_and_names_it_once(lesson):
    assert update_translations([lesson]) == [lesson.translation("bn")]
    assert update_translations(root=lesson.root) == []
    assert update_translations(["01"], "en", root=lesson.root) == []


def test_the_file_says_whose_text_it_is(lesson):
    update_translations([lesson])
    first = lesson.translation("bn").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# notebooks/source/01_tiny.py in bn. Text: CC BY 4.0, as the lesson's."


def test_all_at_once_takes_the_package_along(lesson, monkeypatch):
    monkeypatch.setattr("vislearn.course.lessons.notebooks_folder", lambda: lesson.root)
    monkeypatch.setattr(
        "vislearn.course.building.translations.update_messages", lambda prune: [f"package {prune}"]
    )
    assert update_translations(prune=True) == [lesson.translation("bn"), "package True"]
    assert update_translations(["01"]) == []
