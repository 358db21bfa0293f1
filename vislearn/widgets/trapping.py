"""All traps in one cabinet: choose one, see how it looks and how it is mended."""

from html import escape

from vislearn.language import translate as _
from vislearn.markup import inline
from vislearn.traps import CATALOG, Trap
from vislearn.traps.examples import said
from vislearn.traps.loop.traps import LOOP_TRAPS
from vislearn.viz.picture import describe
from vislearn.viz.tables import table
from vislearn.widgets.controls import control
from vislearn.widgets.lab import Lab, framed, panel

__all__ = ["trap_gallery"]


def trap_gallery(*, alt: str = "") -> Lab:
    """Choose a trap: its symptom, its broken code, what the detector says to that, and its mended code.

    The choice takes the arrow keys. Without a kernel a table of all traps and their symptoms stands in.

    Args:
        alt: what one sees, in words; empty takes it from the running cell's options.

    Raises:
        InputError: nobody has words for it.

    >>> trap_gallery(alt="All traps.").alt
    'All traps.'
    """
    description = describe(alt)
    label = _("trap")
    names = {trap.name: trap for trap in CATALOG}
    choice = control("trap", list(names), None, label, len(label))
    view = panel(_page(CATALOG[0]))

    def update(_change: object) -> None:
        view.value = _page(names[choice.value])

    choice.observe(update, names="value")
    return Lab(framed([choice], view), _table(), description.alt)


def _page(trap: Trap) -> str:
    """One trap, as HTML."""
    return (
        f"<p><strong>{escape(trap.name)}</strong> · {escape(_finder(trap))} · {escape(_sureness(trap))} · "
        f"{escape(_('section {number}', number=trap.section))}</p>"
        f"<p>{inline(_('Symptom: {text}', text=_(trap.symptom)))}</p>"
        f"{_code(_('Broken'), trap.broken)}"
        f"<p><strong>{escape(_('What the detector says'))}</strong></p>"
        f"<blockquote>{escape(said(trap))}</blockquote>"
        f"{_code(_('Mended'), trap.fixed)}"
    )


def _code(title: str, code: str) -> str:
    return f"<p><strong>{escape(title)}</strong></p><pre>{escape(code)}</pre>"


def _finder(trap: Trap) -> str:
    return "traps.watch" if trap in LOOP_TRAPS else "traps.check"


def _sureness(trap: Trap) -> str:
    return {"certain": _("certain"), "likely": _("likely"), "perhaps": _("perhaps")}[trap.certainty]


def _table() -> str:
    """Every trap in a row, for whoever has no kernel."""
    rows = [
        {
            _("trap"): trap.name,
            _("found by"): _finder(trap),
            _("how surely"): _sureness(trap),
            _("symptom"): _(trap.symptom).replace("`", ""),  # a table's cells are plain text
        }
        for trap in CATALOG
    ]
    return table(rows, caption=_("Traps, and what their victims notice")).html()
