#!/bin/sh
# Finds a Python that can run the course and hands it tools/bootstrap.py, with all arguments.
# PYTHON=/path/to/python chooses one, PREFERRED=name only the one to try first. Names are tried by running them: some tools (pyenv, the Microsoft
# Store) put commands in the PATH that exist and yet start nothing.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 1

if [ -n "${PYTHON:-}" ]; then
    if ! "$PYTHON" -c "" >/dev/null 2>&1; then
        echo "vislearn: PYTHON=$PYTHON does not start; give the path of a Python 3.11 to 3.14, or leave PYTHON out." >&2
        exit 1
    fi
    exec "$PYTHON" "$here/bootstrap.py" --this-python "$@"
fi

found=
for name in ${PREFERRED:-} python3.13 python3.12 python3.11 python3.14 python3 python; do
    if "$name" -c "" >/dev/null 2>&1; then
        [ -n "$found" ] || found=$name
        if "$name" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))"; then
            exec "$name" "$here/bootstrap.py" "$@"
        fi
    fi
done

# Too old or too new: bootstrap.py says so, and which one it is.
[ -z "$found" ] || exec "$found" "$here/bootstrap.py" "$@"

echo "vislearn: no Python found; install Python 3.11 to 3.14 (Debian/Ubuntu: sudo apt install python3 python3-venv," \
    "Fedora: sudo dnf install python3, macOS: brew install python@3.13, any system: python.org/downloads)" \
    "and run the same command again." >&2
exit 1
