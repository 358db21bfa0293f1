"""Every public name of every room stands on a page, found as itself and not as the module of its name."""

import vislearn
from vislearn.course.site.reference import reference_pages


def test_every_room_s_public_names_are_there():
    pages = reference_pages()
    for room in ("datasets", "io", "metrics", "models", "ops", "steps", "training", "viz", "widgets"):
        text = pages[f"api_{room}"]
        module = getattr(vislearn, room)
        missing = [
            name
            for name in module.__all__
            if callable(getattr(module, name)) and f":: vislearn.{room}::{name}\n" not in text
        ]
        assert missing == []


def test_what_readers_do_not_call_has_no_page():
    pages = reference_pages()
    assert not {"api_cli", "api_course", "api_checkout"} & set(pages)
