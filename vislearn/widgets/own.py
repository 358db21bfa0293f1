"""What the labs share in which a learner's own picture takes the place of a bundled one."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import ipywidgets
from PIL import Image

from vislearn.viz.picture import Picture
from vislearn.widgets.lab import Lab, complaint, panel, shown, with_hint

__all__ = ["OwnPicture"]


class OwnPicture(Lab):
    """A lab that gives a picture: the learner's own, or the bundled one until there is one.

    Args:
        view: the controls; what :meth:`on_change` shows appears below.
        bundled: the picture that stands in.
        alt: what one can do here, in words.
        hint: where no kernel runs, how to get that far.
    """

    def __init__(self, view: ipywidgets.Widget, bundled: Picture, alt: str, hint: str) -> None:
        self._follower: Callable[[Image.Image], Any] | None = None
        self._below = panel("")
        self._hint = hint
        super().__init__(ipywidgets.VBox([view, self._below]), with_hint(bundled.html(), hint), alt, bundled)

    @abstractmethod
    def picture(self) -> Image.Image:
        """The picture as it is now, in mode RGB."""

    def on_change(self, follower: Callable[[Image.Image], Any]) -> None:
        """Call a function now and after every change; what it returns appears below.

        Where no kernel runs, the picture that it returns first is shown instead of the bundled one.

        Args:
            follower: called with :meth:`picture`; returns a Picture, HTML, anything with a value, or None. An
                error it raises is shown as one sentence.
        """
        self._follower = follower
        first = self._changed()
        if isinstance(first, Picture):
            self.figure, self.fallback = first, with_hint(first.html(), self._hint)

    def _changed(self, *_change: object) -> object:
        if self._follower is None:
            return None
        answer = None
        try:
            answer = self._follower(self.picture())
            self._below.value = "" if answer is None else shown(answer)
        except Exception as error:  # a learner's function may fail in any way; a traceback goes unseen here
            self._below.value = complaint(f"{type(error).__name__}: {error}")
        return answer
