import pytest


@pytest.fixture
def controls():
    """Finds the controls of a lab by their words."""

    def controls_of(lab):
        found = {}

        def walk(widget):
            if hasattr(widget, "value") and getattr(widget, "description", ""):
                found[widget.description] = widget
            for child in getattr(widget, "children", ()):
                walk(child)

        walk(lab.view)
        return found

    return controls_of
