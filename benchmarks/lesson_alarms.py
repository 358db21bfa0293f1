"""Every training of every lesson, watched: what `vislearn.traps.watch` says to code that is right.

    python -m benchmarks.lesson_alarms
    python -m benchmarks.lesson_alarms 02 03

The notebooks run as they are, but for a first cell: it puts a watch around each model as soon as an optimizer
is made for it, and takes it off when the cell is over or the next optimizer comes. What lessons show as wrong
is found, too: whoever reads the list must know which cells those are.
"""

import argparse
import json
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from vislearn.checkout import ROOT

PRELUDE = """
def _watch_all():
    import sys, json
    from contextlib import ExitStack
    import torch
    from vislearn.traps import watch

    said, state = [], {"stack": None, "watched": None, "loops": 0, "cell": 0}

    def end():
        if state["stack"] is not None:
            state["stack"].close()
            steps = state["watched"].held.steps
            state["loops"] += steps > 1
            said.extend((state["cell"], one.trap.name, str(one)) for one in state["watched"].found)
            state["stack"] = state["watched"] = None

    def model_of(optimizer):
        mine = {one for group in optimizer.param_groups for one in group["params"]}
        frame, found = sys._getframe(2), {}
        while frame is not None:
            for thing in list(frame.f_locals.values()):
                if isinstance(thing, torch.nn.Module) and not isinstance(thing, torch.nn.modules.loss._Loss):
                    own = set(thing.parameters())
                    if own & mine:
                        found[id(thing)] = (len(own), thing)
            if found:
                return max(found.values(), key=lambda pair: pair[0])[1]
            frame = frame.f_back
        return None

    made = torch.optim.Optimizer.__init__

    def init(self, *arguments, **named):
        made(self, *arguments, **named)
        model = model_of(self)
        if model is None:
            return
        end()
        state["stack"] = ExitStack()
        state["watched"] = state["stack"].enter_context(watch(model, self, say=None))

    torch.optim.Optimizer.__init__ = init
    shell = get_ipython()

    def begin(info):
        state["cell"] += 1

    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", lambda result: end())
    return lambda: print(json.dumps({"loops": state["loops"], "said": said}))

_tell_all = _watch_all()
"""


def alarms(notebook: Path) -> tuple[int, list[list]]:
    """Trainings watched in a notebook, and (cell, trap, sentence) of all that was said."""
    lesson = nbformat.read(notebook, as_version=4)
    lesson.cells.insert(0, nbformat.v4.new_code_cell(PRELUDE))
    lesson.cells.append(nbformat.v4.new_code_cell("_tell_all()"))
    NotebookClient(lesson, timeout=600, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    told = json.loads(
        "".join(one["text"] for one in lesson.cells[-1].outputs if one["output_type"] == "stream")
    )
    return told["loops"], told["said"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="such as 02 03; by default all")
    options = parser.parse_args()
    trainings = 0
    for notebook in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        if options.lessons and not notebook.name.startswith(tuple(options.lessons)):
            continue
        loops, said = alarms(notebook)
        trainings += loops
        print(f"{notebook.stem:32}{loops:4} trainings, {len(said)} findings", flush=True)
        for cell, trap, sentence in said:
            print(f"    run {cell}: {trap}: {sentence}")
    print(f"{trainings} trainings")


if __name__ == "__main__":
    main()
