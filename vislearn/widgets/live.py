"""Curves that grow while a model learns."""

from html import escape

from vislearn.language import translate as _
from vislearn.training import History
from vislearn.viz import Picture, curves
from vislearn.widgets.lab import Lab, framed, panel, shown

__all__ = ["LiveCurves", "drawn", "live_curves"]

_NO_SCORES = ("learning_rate", "seconds")


class LiveCurves(Lab):
    """A place for curves; called with a history, it draws them."""

    def __init__(self) -> None:
        hint = escape(_("The curves grow here while the model learns."))
        self._panel = panel(f"<p><em>{hint}</em></p>")
        alt = _("Curves of loss and scores over the epochs, drawn while the model learns.")
        super().__init__(framed([], self._panel), self._panel.value, alt)

    def __call__(self, history: History) -> None:
        """Draw what is known so far.

        Args:
            history: one row per epoch, as :func:`vislearn.training.fit` passes it to ``on_epoch``.
        """
        if len(history):
            self._panel.value = shown(drawn(history))


def live_curves() -> LiveCurves:
    """Watch a training: show it, then pass it as ``on_epoch`` to :func:`vislearn.training.fit`.

    Where no kernel runs, one sentence stands in; draw the finished history with ``vislearn.viz.curves``.

    >>> live = live_curves()
    >>> live(History([{"train_loss": 2.0}, {"train_loss": 1.5}]))
    """
    return LiveCurves()


def drawn(history: History) -> Picture:
    """Losses in one panel, scores, where there are any, in another beside it."""
    names = [name for name in history.columns if name not in _NO_SCORES]
    losses = {name: history[name] for name in names if name.endswith("loss")}
    scores = {name: history[name] for name in names if name not in losses}
    panels = {_("loss"): losses, _("scores"): scores}
    filled = {title: lines for title, lines in panels.items() if lines}
    latest = ", ".join(f"{name} {history[name][-1]:.3g}" for name in names)
    return curves(
        filled,
        xlabel=_("epoch"),
        ylabel=list(filled),
        compared="structure",
        alt=_("After epoch {number}: {values}.", number=len(history), values=latest),
    )
