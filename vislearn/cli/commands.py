"""The command's map. Nothing heavy is imported before a subcommand runs, so ``--help`` comes at once."""

import os
import sys
from io import TextIOWrapper
from typing import Any

import click

from vislearn import __version__
from vislearn.cli.check import check
from vislearn.cli.convert import convert
from vislearn.cli.data import data
from vislearn.cli.demo import demo
from vislearn.cli.detect import detect
from vislearn.cli.doctor import doctor
from vislearn.cli.export import export
from vislearn.cli.grade import grade
from vislearn.cli.lab import lab
from vislearn.cli.lessons import lessons
from vislearn.cli.lint import lint
from vislearn.cli.new import new, update
from vislearn.cli.predict import predict
from vislearn.cli.progress import progress
from vislearn.cli.segment import segment
from vislearn.cli.stopping import stop
from vislearn.cli.train import train
from vislearn.cli.train_segmenter import train_segmenter
from vislearn.cli.warned import warnings_told
from vislearn.cli.weights import weights
from vislearn.errors import FileError, InputError, VislearnError, Words
from vislearn.language import translate as _
from vislearn.problems import Problem, problem_of

__all__ = ["main"]


class _Sentences(click.Group):
    """Errors raised on purpose, and a full disk, are one sentence and exit status 1, never a traceback."""

    def main(self, *arguments: Any, **more: Any) -> Any:
        """Run, with output that takes every letter.

        On Windows a file gets the code page's letters: a class named in Bengali would end the command while
        it prints, and the work of an hour with it.
        """
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="replace")
        return super().main(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings_told():
                return super().invoke(ctx)
        except KeyboardInterrupt:  # where a command has no more to say
            stop(_("Stopped before the work was done."))
        except FileError as error:
            raise click.ClickException(str(problem_of(error)) if error.problem else str(error)) from error
        except InputError as error:
            raise click.ClickException(_about_input(error)) from error
        except VislearnError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:  # the reader left, as in `vislearn doctor | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except OSError as error:
            raise click.ClickException(
                f"{error.strerror or error}: {error.filename or 'no file'}. Try: vislearn doctor."
            ) from error


def _about_input(error: InputError) -> str:
    """In the learner's language where the rule is made of words; else in English, never half and half."""
    if not isinstance(error.rule, Words):
        return str(error)
    fix = _(error.fix) if isinstance(error.fix, Words) else error.fix
    return str(Problem(error.name, _("{rule}, got {got}", rule=error.rule, got=error.got), fix))


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vislearn")
def main() -> None:
    """A course in computer vision with torchvision.

    `vislearn lab` opens it; `vislearn doctor` says what to do when something does not work.
    """


for command in (
    lab,
    new,
    update,
    progress,
    doctor,
    lessons,
    data,
    check,
    lint,
    convert,
    weights,
    train,
    predict,
    detect,
    train_segmenter,
    segment,
    export,
    demo,
    grade,
):
    main.add_command(command)
