"""Installs vislearn from the folder this file lies in, without a network: ``python3 install.py [FOLDER]``.

Standard library only. FOLDER is where the course goes; by default ``vislearn`` in the home folder.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(arguments: "list[str]") -> int:
    """Make an environment, fill it from the wheels beside this file, copy the lessons, say how to begin."""
    folder = Path(arguments[0] if arguments else Path.home() / "vislearn").absolute()
    wheels = HERE / "wheels"
    if not any(wheels.glob("vislearn-*.whl")):
        return _stop(f"{wheels} holds no course; copy the whole folder from the stick.")
    scripts = folder / "environment" / ("Scripts" if os.name == "nt" else "bin")
    try:
        print(f"Installing into {folder} ...", flush=True)
        venv.create(folder / "environment", with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return _stop(f"{folder} can't be made ({error}); give another: python3 install.py FOLDER")
    command = [str(scripts / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    command += ["--no-index", "--find-links", str(wheels), "--no-cache-dir", "vislearn[lab]"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        why = next((line for line in said if "ERROR" in line), said[-1] if said else "")
        made_for = (HERE / "READ ME.txt").read_text(encoding="utf-8").splitlines()[0]
        return _stop(f"{why}\nThis stick was made for another computer? It says: {made_for}")
    lessons = folder / "lessons"
    if not lessons.exists():
        done = subprocess.run([str(scripts / "vislearn"), "new", str(lessons)])
        if done.returncode:
            return done.returncode
    print(f"Ready. Open the lessons:\n\n    {scripts / 'vislearn'} lab --notebooks {lessons}")
    print(f"\nIn Bengali:\n\n    {scripts / 'vislearn'} lab --notebooks {lessons} --language bn")
    return 0


def _stop(text: str) -> int:
    sys.stderr.write(f"vislearn: {text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
