"""Tasks that answer back: a starter, hints one by one, a check that names the misconception, a solution.

In a lesson: ``check("pipeline.to_unit_range", to_unit_range)``, ``hint("pipeline.to_unit_range")``,
``solution("pipeline.to_unit_range")``. Writing one: see `exercise`.
"""

from vislearn.exercises.checking import check
from vislearn.exercises.orphans import no_such_exercise, orphans
from vislearn.exercises.registry import N_, Exercise, exercise, names, prompt, solution_source, starter
from vislearn.exercises.requiring import require_right
from vislearn.exercises.running import Unusable
from vislearn.exercises.using import use
from vislearn.exercises.verdict import Hint, Solution, Verdict, hint, solution

__all__ = [
    "N_",
    "Exercise",
    "Hint",
    "Solution",
    "Unusable",
    "Verdict",
    "check",
    "exercise",
    "hint",
    "names",
    "no_such_exercise",
    "orphans",
    "prompt",
    "require_right",
    "solution",
    "solution_source",
    "starter",
    "use",
]
