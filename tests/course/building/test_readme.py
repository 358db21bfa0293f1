from vislearn.course.building.readme import renew_readme, with_tables
from vislearn.course.building.seconds import note_seconds

README = """# Mine
<!-- lessons -->
<!-- end of lessons -->
between
<!-- seconds -->
| old |
<!-- end of seconds -->
"""


def test_no_marks_no_tables(lesson):
    assert with_tables("# Mine\n", lesson.root) == "# Mine\n"


def test_names_and_seconds_stand_between_their_marks(lesson, make_lesson):
    make_lesson("# %% [markdown]\n# # 12. Last\n", "12_last")
    note_seconds(lesson, 31, threads=2)
    text = with_tables(README, lesson.root)
    assert "| [Two numbers](notebooks/01_tiny.ipynb) | [বাংলা](notebooks/bn/01_tiny.ipynb) |" in text
    assert "| [12. Last](notebooks/12_last.ipynb) | [বাংলা](notebooks/bn/12_last.ipynb) |" in text
    assert "<!-- seconds -->\n| lesson | 1 | 12 |\n|---|---|---|\n| 2 threads of " in text
    assert " | 31 | – |\n<!-- end of seconds -->\n" in text
    assert "| old |" not in text
    assert with_tables(text, lesson.root) == text


def test_home_comes_first_and_takes_no_seconds(lesson, make_lesson):
    make_lesson("# %% [markdown]\n# # Start\n", "index")
    text = with_tables(README, lesson.root)
    assert text.index("(notebooks/index.ipynb)") < text.index("(notebooks/01_tiny.ipynb)")
    assert "| lesson | 1 |\n" in text


def test_the_readme_beside_the_lessons_is_renewed(lesson):
    renew_readme(lesson.root)  # none there: nothing to do
    path = lesson.root.parent / "README.md"
    path.write_text(README, encoding="utf-8")
    renew_readme(lesson.root)
    assert path.read_text(encoding="utf-8") == with_tables(README, lesson.root)
