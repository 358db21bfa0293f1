"""Does a widget show something before anybody has touched it?"""

from collections.abc import Iterable, Mapping
from typing import Any

import ipywidgets

__all__ = ["view_problems"]

_REFERENCE = "IPY_MODEL_"
_ERROR = 'role="alert"'  # how an explorer says that its drawing failed


def view_problems(model_ids: Iterable[str]) -> list[str]:
    """What is wrong with widgets as they stand at their defaults, one sentence each.

    Args:
        model_ids: of the widgets shown, as in the output a kernel sends.

    >>> view_problems([ipywidgets.HTML("<b>a</b>").model_id])
    []
    """
    states = {key: record["state"] for key, record in ipywidgets.Widget.get_manager_state()["state"].items()}
    return [problem for model_id in model_ids if (problem := _problem(model_id, states))]


def _problem(model_id: str, states: Mapping[str, Mapping[str, Any]]) -> str:
    if model_id not in states:
        return "a widget was closed before it could be seen"
    family = [states[key] for key in _family(model_id, states)]
    pages = [str(state["value"]) for state in family if state.get("_model_name") == "HTMLModel"]
    if failed := [page for page in pages if _ERROR in page]:
        return f"a widget shows an error: {failed[0]}"
    has_picture = any(state.get("_model_name") in ("ImageModel", "AnyModel") for state in family)
    if not has_picture and not any(page.strip() for page in pages):
        return "a widget shows nothing at its defaults"
    return ""


def _family(model_id: str, states: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A widget and all it holds and shows, by id."""
    if states.get(states[model_id].get("layout", "").removeprefix(_REFERENCE), {}).get("display") == "none":
        return []
    found = [model_id]
    for child in states[model_id].get("children", []):
        found += _family(child.removeprefix(_REFERENCE), states)
    return found
