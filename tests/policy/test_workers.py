"""What happens to the whole run when the process of a test dies."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CRASH = "import os\n\ndef test_dies():\n    os.abort()\n"
FINE = "def test_lives():\n    pass\n"


def test_a_crash_ends_the_run_and_names_the_test(tmp_path):
    for name, source in [("a", FINE), ("b", CRASH), *((f"c{number}", FINE) for number in range(4))]:
        (tmp_path / f"test_{name}.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={tmp_path}", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90)
    assert done.returncode == 1, done.stderr
    assert "crashed while running 'test_b.py::test_dies'" in done.stdout
