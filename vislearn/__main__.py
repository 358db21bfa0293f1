"""``python -m vislearn`` is the command ``vislearn``."""

from vislearn.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main(prog_name="vislearn")
