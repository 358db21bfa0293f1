"""Run lessons with the packages that Google Colab keeps: ``python tools/colab.py 00 06``.

Colab's own Jupyter packages are years old, and replacing them breaks the page that a learner sits before.
Makes an environment with those versions and this course's ``colab`` extra, runs the lessons in it, and names
each cell that stops or writes to stderr. Exit status 1 when there is one. In an environment that has these
versions already, ``--here`` runs the lessons at once.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What a Colab notebook runs on, much of it pinned by Colab's own package; matplotlib and numpy as they come.
VERSIONS = {
    "ipykernel": "6.17.1",
    "ipython": "7.34.0",
    "ipywidgets": "7.7.1",
    "jupyter-client": "7.4.9",
    "matplotlib": "3.10.0",
    "numpy": "2.0.2",
    "traitlets": "5.7.1",
}
_LONGEST_S = 600  # for one cell


def main(arguments: list[str]) -> int:
    """Make the environment, or use the one at hand, and run."""
    parser = argparse.ArgumentParser(prog="colab", description="Run lessons with Colab's packages.")
    parser.add_argument("lessons", nargs="*", default=["00"], help="numbers (default: 00)")
    parser.add_argument("--here", action="store_true", help="in the environment that runs this")
    options = parser.parse_args(arguments)
    if not options.here:
        return _elsewhere(options.lessons)
    wrong = {name: version(name) for name, wanted in VERSIONS.items() if version(name) != wanted}
    if wrong:
        print(f"colab: this environment has {wrong}, where Colab has {VERSIONS}.", file=sys.stderr)
        return 1
    return max(_run(notebook) for number in options.lessons for notebook in _notebooks(number))


def _elsewhere(lessons: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="colab-") as folder:
        place = Path(folder)
        held = place / "colab.txt"
        held.write_text("".join(f"{name}=={number}\n" for name, number in VERSIONS.items()), encoding="utf-8")
        python = str(place / "bin/python")
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        needs = ["-e", f"{ROOT}[colab]", "nbclient", *VERSIONS]
        subprocess.run([python, "-m", "pip", "install", "-q", "-c", str(held), *needs], check=True)
        return subprocess.run([python, __file__, "--here", *lessons], cwd=ROOT).returncode


def _notebooks(number: str) -> list[Path]:
    found = sorted((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    if not found:
        raise SystemExit(f"colab: there is no lesson {number}. Give its two digits.")
    return found


def _run(path: Path) -> int:
    """Run one notebook; 1 where a cell stops that should not, or writes to stderr."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=_LONGEST_S,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    troubles = [
        (number, _first_line(output))
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for output in cell.outputs
        if _is_trouble(output, cell.metadata.get("tags", []))
    ]
    print(f"{path.stem}: {len(notebook.cells)} cells, {len(troubles)} with trouble", flush=True)
    for number, said in troubles:
        print(f"  cell {number}: {said}", flush=True)
    return int(bool(troubles))


def _is_trouble(output: dict, tags: list[str]) -> bool:
    if output["output_type"] == "error":
        return "raises-exception" not in tags
    return output.get("name") == "stderr" and "shows-warning" not in tags


def _first_line(output: dict) -> str:
    text = f"{output['ename']}: {output['evalue']}" if output["output_type"] == "error" else output["text"]
    return json.dumps(text.strip().split("\n")[-1][:200], ensure_ascii=False)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
