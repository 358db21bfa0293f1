from vislearn.course.regression.order import longest_first, seconds_by_file


def ordered(items, measured):
    return longest_first(items, {item: item.partition(":")[0] for item in items}, measured)


def test_nothing():
    assert longest_first([], {}, {}) == []
    assert seconds_by_file([]) == {}


def test_what_was_measured_here_decides_and_tests_of_a_file_keep_their_order():
    items = ["a.py:2", "b.py:1", "a.py:1", "b.py:2"]
    assert ordered(items, {"a.py": 1, "b.py": 2}) == ["b.py:1", "b.py:2", "a.py:2", "a.py:1"]


def test_notebooks_and_the_browser_begin_before_unit_tests_that_were_never_timed():
    items = ["tests/test_a.py:1", "tests/browser/test_b.py:1", "n.ipynb:1", "n.ipynb:2"]
    assert ordered(items, {}) == ["tests/browser/test_b.py:1", "n.ipynb:1", "n.ipynb:2", "tests/test_a.py:1"]


def test_a_file_of_one_long_test_is_not_left_for_the_end():
    items = ["tests/test_a.py:1", "tests/test_a.py:2", "tests/course/building/test_new_lesson.py:1"]
    assert ordered(items, {}) == items[::-1][:1] + items[:2]


def test_files_of_equal_length_stay_whole():
    items = ["a.py:1", "b.py:1", "a.py:2", "b.py:2"]
    assert ordered(items, {"a.py": 3, "b.py": 3}) == ["a.py:1", "a.py:2", "b.py:1", "b.py:2"]
