"""Every option and argument of every command, as it is written down in ``command_line.txt``."""

from pathlib import Path

import click

from vislearn.cli import main

WRITTEN = Path(__file__).with_name("command_line.txt")


def lines(command, path="vislearn"):
    """Names, what is taken, and what the help says with defaults and bounds."""
    context = click.Context(command, info_name=path)
    for parameter in command.params:
        about = parameter.get_help_record(context)
        yield f"{path} {', '.join([*parameter.opts, *parameter.secondary_opts])}: {taken(parameter)}"
        yield from [f"    {' '.join(about[1].split())}".rstrip().replace("\\", "/")] if about else []
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from lines(below, f"{path} {name}")


def taken(parameter):
    """Its type with all that it refuses; how many there may be, and whether one must be given."""
    told = parameter.type.to_info_dict() | {
        "nargs": parameter.nargs if parameter.nargs != 1 else None,
        "multiple": parameter.multiple,
        "required": parameter.required,
        "default": parameter.default.as_posix() if isinstance(parameter.default, Path) else None,
    }
    left_out = ("name", "readable", "case_sensitive")
    told["choices"] = list(told["choices"]) if "choices" in told else None
    named = {name: value for name, value in told.items() if value is not None and value is not False}
    return " ".join(
        name if value is True else f"{name}={value}" for name, value in named.items() if name not in left_out
    )


def test_the_command_line_is_the_one_that_is_written_down():
    """Who adds an option, or changes a default, sees it here; running this file writes it down."""
    assert list(lines(main)) == WRITTEN.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    WRITTEN.write_text("\n".join([*lines(main), ""]), encoding="utf-8", newline="\n")
