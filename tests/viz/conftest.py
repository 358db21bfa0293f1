import pytest

from vislearn.viz.canvas import Canvas


@pytest.fixture
def written(monkeypatch):
    """All words that were drawn since, in order."""
    lines = []
    plain = Canvas.text

    def text(canvas, x, y, words, **style):
        lines.append(words)
        plain(canvas, x, y, words, **style)

    monkeypatch.setattr(Canvas, "text", text)
    return lines
