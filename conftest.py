"""What every test knows: notebooks are tests too, see vislearn/course/regression/pytest_plugin.py."""

pytest_plugins = ["vislearn.course.regression.pytest_plugin"]

# --doctest-modules imports what it finds: lessons would run, and the guard would guard pytest itself
collect_ignore = ["benchmarks", "notebooks/source", "vislearn/course/regression/offline", "tools"]
