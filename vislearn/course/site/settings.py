"""What Sphinx is told for the site in one language, and a search that knows Bengali's letters."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

from vislearn.course.lessons import SOURCE_LANGUAGE
from vislearn.language import N_, translate_to

__all__ = ["Bengali", "settings", "setup"]

# What the theme says, and has in few languages.
_SAID = (
    N_("On this page"),
    N_("Skip to main content"),
    N_("Back to top"),
    N_("Contents"),
    N_("previous page"),
    N_("next page"),
    N_("Color mode"),
    N_("Light"),
    N_("Dark"),
    N_("System Settings"),
    N_("Site navigation"),
    N_("Link to this heading"),
)
# What the search says, in Sphinx's words.
_SEARCHING = (
    N_("Searching"),
    N_("Search Results"),
    N_("Preparing search..."),
    N_(
        "Your search did not match any documents. Please make sure that all words are spelled correctly and "
        "that you've selected enough categories."
    ),
)
_FOUND = "Search finished, found one page matching the search query."


def settings(language: str, languages: Mapping[str, str], only_here: Sequence[str]) -> dict[str, Any]:
    """The names that Sphinx looks for in a conf.py.

    Args:
        language: of the pages.
        languages: code → name of every language of the site.
        only_here: pages that no other language has.
    """
    return {
        "project": "vislearn",
        "copyright": "The vislearn authors; code MIT, text CC BY 4.0",
        "language": language,
        "extensions": ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"],
        "exclude_patterns": ["theme", "locale"],
        "nb_execution_mode": "off",  # what is stored was compared by tests; it is shown as it is
        "nb_merge_streams": True,
        "nb_code_prompt_show": translate_to(language, N_("Show the code")),
        "nb_code_prompt_hide": translate_to(language, N_("Hide the code")),
        "add_module_names": False,
        "autodoc_member_order": "bysource",
        "napoleon_use_ivar": True,  # a docstring's "Attributes:" stand there already
        "html_theme": "pydata_sphinx_theme",
        "html_title": "vislearn",
        "html_static_path": ["theme/static"],
        "html_css_files": ["site.css"],
        "templates_path": ["theme/templates"],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_sidebars": {"**": ["lessons"]},
        "html_theme_options": {
            "search_bar_text": translate_to(language, N_("Search the lessons")),
            "navbar_center": [],
            "navbar_end": ["colab", "languages", "theme-switcher"],
            "navbar_persistent": ["search-button"],
            "navigation_with_keys": False,
            "secondary_sidebar_items": ["page-toc"],
            "footer_start": ["copyright"],
            "footer_end": [],
        },
        "html_context": {
            "languages": languages,
            "only_here": only_here,
            "default_mode": "auto",
            # on GitHub, whose workflow publishes copies for Colab too, in a branch of their own
            "repository": os.environ.get("GITHUB_REPOSITORY", ""),
            "colab_words": translate_to(language, N_("Open in Colab")),
        },
    }


class Bengali(SearchLanguage):
    """Words with their vowel signs, which are letters to readers and marks to Unicode."""

    lang = "bn"
    language_name = "Bengali"
    js_splitter_code = r"""
function splitQuery(query) {
  return query.split(/[^\p{Letter}\p{Mark}\p{Number}_\u200c\u200d]+/gu).filter((word) => word.length > 0);
}
"""
    _word_re = re.compile(r"[\w\u0981-\u09fe\u200c\u200d]+")


def setup(app: Sphinx) -> None:
    """Teach Sphinx to search in Bengali, and the theme to speak it."""
    app.add_search_language(Bengali)
    if app.config.language != SOURCE_LANGUAGE:
        home = _catalogue(Path(app.confdir), app.config.language)
        app.add_message_catalog("sphinx", str(home))
        app.config.locale_dirs = [str(home)]  # where the search's words are looked for


def _catalogue(project: Path, language: str) -> Path:
    """The theme's words, and the search's, in the forms that Sphinx reads; the folder that holds them."""
    said = Catalog(locale=language)
    for text in _SAID:
        said.add(text, translate_to(language, text))
    file = project / "locale" / language / "LC_MESSAGES/sphinx.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_mo(out, said)
    file.with_suffix(".js").write_text(_search_words(language), encoding="utf-8")
    return project / "locale"


def _search_words(language: str) -> str:
    """The search's words as its script reads them; where Sphinx has none, the page would stay empty."""
    messages: dict[str, Any] = {text: translate_to(language, text) for text in _SEARCHING}
    messages[_FOUND] = [
        translate_to(language, N_("Found in one page.")),
        translate_to(language, N_("Found in {count} pages."), count="${resultCount}"),
    ]
    told = {"locale": language, "plural_expr": "n === 1 ? 0 : 1", "messages": messages}
    return f"Documentation.addTranslations({json.dumps(told)});\n"
