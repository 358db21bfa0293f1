from pathlib import Path
from types import SimpleNamespace

from vislearn.cli.answers import model_facts


def test_what_is_known_of_a_model_is_told_and_how_it_was_trained_is_not(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    saved = SimpleNamespace(
        architecture={"backbone": "photo", "mode": "scratch"},
        classes=None,
        transform_text="Compose(\n    Resize(32)\n)",
        versions={"torch": "2.15"},
    )
    assert model_facts(saved, Path("runs/m.pt")) == {
        "file": "m.pt",
        "backbone": "photo",
        "classes": None,
        "transform": "Compose( Resize(32) )",
        "যা দিয়ে সেভ হয়েছে": "torch 2.15",
    }
