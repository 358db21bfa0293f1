"""A kernel that is the same on every machine: this Python, nobody's settings, a known number of threads."""

import asyncio
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import ipykernel.kernelspec
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from vislearn.course.outputs import without_colours
from vislearn.errors import VislearnError
from vislearn.sidecar import STRICT_VARIABLE

__all__ = ["RunError", "kernel_environment", "own_sockets", "run_notebook"]

_LINE_IN_CELL = re.compile(r"Cell In\[\d+\],? line (\d+)")


class RunError(VislearnError):
    """A cell that didn't run through.

    Args:
        index: the cell's place among all cells of the notebook, from 0.
        what: what happened, such as ``"stops with ValueError: no pictures"``.
        line: where in the cell, from 1; 0 if that isn't known.
    """

    def __init__(self, index: int, what: str, line: int = 0) -> None:
        super().__init__(f"Cell {index + 1} {what}")
        self.index, self.what, self.line = index, what, line

    def __reduce__(self) -> tuple:
        return RunError, (self.index, self.what, self.line)


@contextmanager
def kernel_environment(threads: int) -> Iterator[dict[str, str]]:
    """The environment for a kernel: this process's own, without what would make outputs differ.

    Nothing is read from or written to the home folder's Jupyter and IPython settings. Downloaded weights
    are out of sight, as on a learner's new laptop; the language is that of the notebook's folder.

    Args:
        threads: how many threads arithmetic may use; training gives the same bits only for equal numbers.
    """
    with tempfile.TemporaryDirectory(prefix="vislearn-kernel-", ignore_cleanup_errors=True) as scratch:
        environment = {
            key: value
            for key, value in os.environ.items()
            if key not in ("VISLEARN_LANGUAGE", "VISLEARN_ASSETS", "PYTHONWARNINGS")
        }
        folders = {
            name: str(Path(scratch) / name.lower())
            for name in (
                "IPYTHONDIR",
                "JUPYTER_CONFIG_DIR",
                "JUPYTER_DATA_DIR",
                "JUPYTER_RUNTIME_DIR",
                "TORCH_HOME",
            )
        }
        counts = {
            name: str(threads)
            for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
        }
        fixed = {
            "PYTHONHASHSEED": "0",  # sets print in the same order
            "VISLEARN_PROGRESS": "0",  # what runs here was not done by a learner
            "PYTHONUTF8": "1",
            STRICT_VARIABLE: "1",  # a picture without words ends the cell
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger warns about frozen modules
        }
        yield environment | folders | counts | fixed


def own_sockets(environment: Mapping[str, str]) -> dict[str, str]:
    """Where a kernel listens, as settings of its manager: at sockets in a folder that no other kernel has.

    Ports would be chosen before the kernel binds them. Of two kernels that start side by side, both may
    then be given the same one, and one of them dies. It is rare, and a false alarm each time. Windows has no
    such sockets; there it is ports.

    Args:
        environment: as from :func:`kernel_environment`.
    """
    # not in the folder itself: a socket's path has about 100 characters at most
    folder = Path(environment["JUPYTER_RUNTIME_DIR"]).parent
    return {"connection_file": str(folder / "kernel.json"), "transport": "tcp" if os.name == "nt" else "ipc"}


def run_notebook(
    notebook: NotebookNode,
    folder: Path,
    environment: dict[str, str],
    *,
    cell_timeout_s: int = 300,
    on_cell: Callable[[int], None] | None = None,
) -> dict[str, float]:
    """Run all cells in a fresh kernel of this Python; outputs are stored in ``notebook``.

    Args:
        notebook: changed in place.
        folder: where the kernel works; for a learner, the folder of the notebook.
        environment: as from :func:`kernel_environment`.
        cell_timeout_s: how long one cell may take, in seconds.
        on_cell: called with each code cell's index before it runs.

    Raises:
        RunError: a cell raised, took too long, or killed the kernel.

    Returns:
        What each code cell took, in seconds, by its id.
    """
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=_ThisPython(),
        **own_sockets(environment),
    )
    at, begun = 0, 0.0
    seconds: dict[str, float] = {}

    def note(cell: NotebookNode, cell_index: int) -> None:
        nonlocal at, begun
        at, begun = cell_index, time.monotonic()
        if on_cell and cell.cell_type == "code":
            on_cell(cell_index)

    def end(cell: NotebookNode, **_about: object) -> None:
        seconds[cell.id] = time.monotonic() - begun

    client = NotebookClient(
        notebook,
        km=manager,
        timeout=cell_timeout_s,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=False,  # it would hide which lines were rewritten, so progress bars,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=note,
        on_cell_executed=end,
    )
    client.owns_km = True  # ours to start, nbclient's to stop
    try:
        _execute(client, manager, environment)
    except CellExecutionError as error:
        lines = _LINE_IN_CELL.findall(without_colours(error.traceback))
        raise RunError(at, f"stops with {_said(error)}", int(lines[0]) if lines else 0) from None
    except CellTimeoutError:
        raise RunError(at, f"takes longer than {cell_timeout_s} s") from None
    except DeadKernelError:
        raise RunError(at, "kills its kernel; out of memory perhaps") from None
    return seconds


def _execute(client: NotebookClient, manager: AsyncKernelManager, environment: dict[str, str]) -> None:
    """Run in a thread of its own: in the main thread nbclient takes Ctrl-C for a kernel that died."""

    def execute() -> None:
        # the kernel's own stderr is about kernels; what cells write there comes as output
        asyncio.run(client.async_execute(env=environment, stderr=subprocess.DEVNULL))

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(execute)
        try:
            running.result()
        except BaseException:
            if not running.done() and (process := getattr(manager.provisioner, "process", None)):
                process.kill()
            raise


def _said(error: CellExecutionError) -> str:
    first = (without_colours(error.evalue).strip().splitlines() or [""])[0].rstrip(".")
    return f"{error.ename}: {first}" if first else error.ename


class _ThisPython(KernelSpecManager):
    """Knows one kernel, the interpreter that is running now, whatever is installed in the home folder."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(**ipykernel.kernelspec.get_kernel_dict())
