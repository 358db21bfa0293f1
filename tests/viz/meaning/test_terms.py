"""The words of a digest: stored notebooks hold them, so they never change."""

from vislearn.viz.meaning import terms


def test_what_is_compared_is_one_of_four():
    assert terms.COMPARED == ("values", "structure", "pictures", "values on cpu")


def test_roles_are_told_apart():
    text, patches = (terms.TITLE_TEXT, terms.MEASURED, terms.RANKED), (terms.BAR, terms.RANKED_BAR)
    assert len({*text, *patches}) == 5
