from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.seeding import generator


def test_every_number_below_the_limit_is_drawn():
    chance = generator(0)
    assert {draw(3, chance) for _ in range(50)} == {0, 1, 2}


def test_sides_are_of_every_length_and_never_equal():
    chance = generator(0)
    drawn = [unequal_sides(4, 3, chance) for _ in range(60)]
    assert {height for height, _ in drawn} == {width for _, width in drawn} == {4, 5, 6}
    assert all(height != width for height, width in drawn)
