"""The report beside a trained classifier: one page for people, one JSON for programs."""

import json
import math
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vislearn import __version__
from vislearn.files import write_text
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.metrics import Judged
    from vislearn.training import FolderRun, Outcome

__all__ = ["ENDINGS", "versions_here", "write_report"]

ENDINGS = (".html", ".json")


def write_report(run: "FolderRun", best: "Outcome") -> None:
    """Write ``NAME.html`` and ``NAME.json`` beside the classifier, whole or not at all.

    Args:
        run: that is over.
        best: its network that was kept.

    Raises:
        FileError: the folder can't be written to, or the disk is full.
    """
    from vislearn.viz import TrainingPage, training_page

    parts = {"val": best.judged} | ({} if run.tested is None else {"test": run.tested})
    settings, versions = _settings(run, best), versions_here()
    record = {
        "vislearn": "training report",
        "model": run.out.name,
        "network": str(best.choice),
        "classes": list(best.judged.names),
        "settings": settings,
        "versions": versions,
        "networks": [_network(outcome) for outcome in run.outcomes],
        "parts": {name: _part(judged) for name, judged in parts.items()},
    }
    write_text(run.file(".json"), json.dumps(_plain(record), ensure_ascii=False, indent=1, allow_nan=False))
    page = TrainingPage(
        title=_("{file}: a training on {folder}", file=run.out.name, folder=run.root.resolve().name),
        root=run.root,
        parts=parts,
        networks=[_row(outcome) for outcome in run.outcomes],
        epochs=best.history.rows,
        best_epoch=best.history.best_epoch,
        settings=settings,
        versions=versions,
        scale=run.options.scale,
    )
    write_text(run.file(".html"), training_page(page))


def _settings(run: "FolderRun", best: "Outcome") -> dict[str, Any]:
    """All that was chosen, and what defaults came to, under the names of the options."""
    options = asdict(run.options)
    del options["look"], options["num_classes"]
    counts = {part: len(pictures) for part, pictures in (run.sets.parts if run.sets else {}).items()}
    chosen = {"epochs": run.options.epochs_of(best.choice), "augment": run.options.augments(best.choice)}
    return {
        "data_root": str(run.root),
        "backbone": best.choice.backbone,
        "mode": best.choice.mode,
        **options,
        **chosen,
        "transform": " ".join(str(best.transform).split()),
        "pictures": ", ".join(f"{part} {count}" for part, count in counts.items()),
    }


def versions_here() -> dict[str, str]:
    """Of what computes on this machine, and on which device."""
    import torch
    import torchvision

    from vislearn.device import best_device, describe

    return {
        "vislearn": __version__,
        "torch": str(torch.__version__),
        "torchvision": str(torchvision.__version__),
        "Python": platform.python_version(),
        "device": describe(best_device()),
    }


def _row(outcome: "Outcome") -> dict[str, object]:
    """A network in the table of those that were compared."""
    return {
        _("network:mode"): str(outcome.choice),
        _("val accuracy"): f"{outcome.report.accuracy:.3f}",
        _("macro F1"): f"{outcome.report.average('macro')['f1']:.3f}",
        _("parameters that learn"): str(outcome.trainable),
        _("seconds"): f"{outcome.seconds:.0f}",
    }


def _network(outcome: "Outcome") -> dict[str, Any]:
    return {
        "network": str(outcome.choice),
        "val_accuracy": outcome.report.accuracy,
        "val_macro_f1": outcome.report.average("macro")["f1"],
        "val_loss": outcome.judged.loss,
        "trainable": outcome.trainable,
        "seconds": round(outcome.seconds, 1),
        "best_epoch": outcome.history.best_epoch,
        "epochs": outcome.history.rows,
    }


def _part(judged: "Judged") -> dict[str, Any]:
    report, calibration = judged.report, judged.calibration
    columns = zip(*(column.tolist() for column in report.scores), strict=True)
    names = ("precision", "recall", "f1", "support")
    return {
        "pictures": len(judged.files),
        "accuracy": report.accuracy,
        "loss": judged.loss,
        "averages": {kind: report.average(kind) for kind in ("macro", "weighted")},
        "per_class": {
            name: dict(zip(names, row, strict=True)) for name, row in zip(report.names, columns, strict=True)
        },
        "confusion": report.counts.tolist(),  # rows: truth
        "calibration": {
            "error": calibration.error,
            **{
                name: getattr(calibration, name).tolist()
                for name in ("edges", "counts", "confidence", "accuracy")
            },
        },
        "mistakes": [asdict(one) for one in judged.mistakes()],
    }


def _plain(value: Any) -> Any:
    """JSON has no nan: null is what programs take for it."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
