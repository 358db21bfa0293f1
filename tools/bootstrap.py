"""Checks the Python that runs it, then hands over to ``install.py``.

This file alone must be readable by every Python a machine may have, down to 2.7: no f-strings, no
annotations, nothing that an old parser refuses before it can say its one sentence.
"""

# Annotations are what old parsers refuse.
# ruff: noqa: ANN001, ANN201

import platform
import sys

OLDEST, NEWEST = (3, 11), (3, 14)  # constraints.txt has wheels for these and no others


def complaint(version, system, machine, macos):
    """What is wrong with this machine for the course, in one sentence, or an empty string."""
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        return (
            "this is Python "
            + ".".join(str(part) for part in version[:3])
            + " ("
            + str(sys.executable)
            + "), and the "
            "course needs 3.11 to 3.14; install one of these and run the same command again, or point to it "
            "with PYTHON=/path/to/python."
        )
    if system == "Darwin" and (machine == "x86_64" or macos < (14,)):
        return (
            "PyTorch has no build for this Mac, only for Apple silicon with macOS 14 or newer; use "
            "a Linux or Windows machine, or Binder."
        )
    return ""


def macos_version():
    """The version of macOS as numbers, () elsewhere."""
    return tuple(int(part) for part in platform.mac_ver()[0].split(".") if part.isdigit())


def main():
    """The door of ``make``; on Windows also of ``py tools/bootstrap.py lab``."""
    problem = complaint(sys.version_info, platform.system(), platform.machine(), macos_version())
    if problem:
        sys.stderr.write("vislearn: " + problem + "\n")
        return 1
    import install  # only now: its syntax is today's

    return install.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
