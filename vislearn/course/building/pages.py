"""What a page of HTML shows and where it leads."""

from html.parser import HTMLParser

__all__ = ["links", "pictures_without_words"]


def pictures_without_words(html: str) -> list[str]:
    """Pictures that say nothing to somebody who can't see them, each as it stands on the page.

    An ``img`` needs an ``alt`` that isn't empty; an ``svg`` a ``title``, a label, or a mark that it is
    decoration.

    >>> pictures_without_words('<img src="cat.png"><img src="dog.png" alt="A dog">')
    ['<img src="cat.png">']
    """
    return _read(html).silent


def links(html: str) -> list[str]:
    """Where a page leads and what it loads: every ``href`` and ``src``, in order.

    >>> links('<a href="01_pipeline.ipynb">Next</a>')
    ['01_pipeline.ipynb']
    """
    return _read(html).links


def _read(html: str) -> "_Page":
    page = _Page()
    page.feed(html)
    page.close()
    return page


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.silent: list[str] = []
        self.links: list[str] = []
        self._svg: str | None = None  # the drawing we are in, as long as it has no title

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [value for key, value in attrs if key in ("href", "src") and value]
        text = (self.get_starttag_text() or "")[:100]
        if tag == "img" and not (given.get("alt") or "").strip():
            self.silent.append(text)
        if tag == "svg":
            told = (
                given.get("aria-label") or given.get("aria-labelledby") or given.get("aria-hidden") == "true"
            )
            self._svg = None if told else text
        if tag == "title":
            self._svg = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg" and self._svg is not None:
            self.silent.append(self._svg)
            self._svg = None
