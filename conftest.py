"""What every test knows: notebooks are tests too, see vislearn/course/pytest_plugin.py."""

import os

os.environ["VISLEARN_PROGRESS"] = "0"  # answers that tests give are nobody's progress

pytest_plugins = ["vislearn.course.pytest_plugin"]

# --doctest-modules imports what it finds: lessons would run, and the guard would guard pytest itself
collect_ignore = ["benchmarks", "notebooks/source", "tests/notebooks/offline", "tools"]
