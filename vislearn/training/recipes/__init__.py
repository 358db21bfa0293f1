"""How the bundled networks were trained, as code: ``vislearn weights rebuild`` runs it."""

from vislearn.training.recipes.rebuild import Options, rebuild

__all__ = ["Options", "rebuild"]
