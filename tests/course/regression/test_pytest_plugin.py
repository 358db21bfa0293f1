"""What the plug-in does besides comparing; that it compares, tests/notebooks/test_faults.py shows."""

import re


def test_a_test_that_kills_its_process_ends_the_run_and_is_named(run, tmp_path):
    crash, fine = "import os\n\ndef test_dies():\n    os.abort()\n", "def test_lives():\n    pass\n"
    for name, source in [("a", fine), ("b", crash), *((f"c{number}", fine) for number in range(4))]:
        (tmp_path / f"test_{name}.py").write_text(source, encoding="utf-8")
    code, output = run(tmp_path, "-n", "2", "--dist", "loadfile", tmp_path)
    assert code == 1
    assert "crashed while running 'test_b.py::test_dies'" in output, output


def test_the_longest_file_begins_first(run, tmp_path):
    for name, tests in [("a", 1), ("b", 3), ("c", 2)]:
        source = "".join(f"def test_{number}():\n    pass\n" for number in range(tests))
        (tmp_path / f"test_{name}.py").write_text(source, encoding="utf-8")
    _, output = run(tmp_path, tmp_path, "-v")
    assert re.findall(r"test_(\w)\.py::", output) == list("bbbcca")
