"""The web site as a reader meets it: every page, both languages, light and dark, on a phone, searched."""

import functools
import gzip
import io
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.conftest import SECOND, fresh_window
from vislearn.checkout import ROOT
from vislearn.course.lessons import find_lessons
from vislearn.course.site import build_site
from vislearn.language import LANGUAGES

LESSONS = [lesson.name for lesson in find_lessons() if not lesson.is_home]
WORDS = {
    "en": (
        "softmax",
        "gradient",
        "dropout",
        "letterbox",
        "nearest",
        "IoU",
        "augmentation",
        "JPEG",
        "anchor",
        "mask",
    ),
    "bn": ("সেগমেন্টেশন", "ছবি", "ট্রান্সফর্ম", "বক্স", "ফোল্ডার", "মাস্ক", "লস", "tensor", "softmax", "পিক্সেল"),
}


FOUND = {"en": "found", "bn": "পাওয়া গেছে"}
_LARGEST_VISIT = 300_000  # bytes that a first visit to a lesson may fetch


class _Host(SimpleHTTPRequestHandler):
    """Compresses text, as web hosts do."""

    def log_message(self, *words):
        pass

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".css", ".js") or not path.is_file():
            return super().send_head()
        content = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of the course's whole site, served as any web host would."""
    folder = tmp_path_factory.mktemp("web")
    build_site(ROOT / "notebooks", folder / "site")
    handler = functools.partial(_Host, directory=str(folder / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def window(chromium):
    with fresh_window(chromium) as window:
        yield window


@pytest.fixture
def watched(window, site):
    """What goes wrong while a page is read: errors in the console, requests to anybody else."""
    wrong = []

    def request(sent):
        if not sent.url.startswith((site, "data:")):
            wrong.append(f"asks {sent.url}")

    def console(message):
        if message.type == "error":
            wrong.append(f"says {message.text}")

    window.on("request", request)
    window.on("console", console)
    yield wrong
    window.remove_listener("request", request)
    window.remove_listener("console", console)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_reads_well(window, site, watched, lesson, language):
    window.goto(f"{site}/{language}/{lesson}.html")
    assert window.locator("h1").count() == 1
    assert window.evaluate("document.documentElement.lang") == language
    figures = window.locator(".cell_output img")
    assert figures.count() > 2
    assert window.evaluate("[...document.images].filter(one => !one.alt.trim()).length") == 0
    # lazy ones too: each is there, and has the shape that its place was kept for
    window.evaluate("document.querySelectorAll('.cell_output img').forEach(one => { one.loading = 'eager' })")
    window.wait_for_function("[...document.images].every(one => one.complete)", timeout=60 * SECOND)
    broken = "[...document.querySelectorAll('.cell_output img')].filter(one => !one.naturalWidth).length"
    assert window.evaluate(broken) == 0
    assert watched == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_visit_fetches_little(chromium, site, language):
    heavy = {lesson: _fetched(chromium, f"{site}/{language}/{lesson}.html") for lesson in LESSONS[::7]}
    assert {lesson: size for lesson, size in heavy.items() if size > _LARGEST_VISIT} == {}


def _fetched(chromium, address):
    """Bytes that come over the wire when nothing of the site is known yet: the page and all that it shows."""
    with fresh_window(chromium) as visitor:
        wire = visitor.context.new_cdp_session(visitor)
        wire.send("Network.enable")
        sizes = []
        wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        visitor.goto(address, wait_until="networkidle")
        return sum(sizes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_its_own_language_a_page_says_what_it_holds(window, site, language):
    window.goto(f"{site}/{language}/04_detection.html")
    said = window.locator(".page-toc").first.inner_text()
    assert ("On this page" in said) == (language == "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_language_is_one_click_away(window, site, language):
    (other,) = [code for code in LANGUAGES if code != language]
    window.goto(f"{site}/{language}/04_detection.html")
    window.locator(f"a[hreflang={other}]:visible").first.click()
    window.wait_for_url(f"{site}/{other}/04_detection.html")


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_finds_words(window, site, language):
    lost = []
    for word in WORDS[language]:
        window.goto(f"{site}/{language}/search.html?q={word}")
        try:
            window.locator("#search-results li").first.wait_for(timeout=20 * SECOND)
            window.locator(".search-summary").get_by_text(FOUND[language]).wait_for()
        except Exception:
            lost.append(word)
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_is_asked_from_a_lesson(window, site, watched, language):
    window.goto(f"{site}/{language}/04_detection.html")
    window.locator(".search-button:visible").first.click()
    field = window.locator("#pst-search-dialog input")
    field.fill("softmax")
    field.press("Enter")
    window.locator("#search-results li").first.wait_for()
    assert watched == []


@pytest.mark.parametrize(
    "page", ["index.html", "en/index.html", "en/05_segmentation.html", "bn/07_image_video_io.html"]
)
def test_nothing_scrolls_sideways_on_a_phone(chromium, site, page):
    with fresh_window(chromium) as phone:
        phone.set_viewport_size({"width": 390, "height": 800})
        phone.goto(f"{site}/{page}")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        stretched = phone.evaluate(
            """[...document.images].filter(one => one.complete && one.naturalWidth && one.height > 40)
                .map(one => one.width * one.naturalHeight / one.height / one.naturalWidth)
                .filter(stretch => Math.abs(stretch - 1) > 0.05)"""
        )
        assert stretched == []  # a course about pictures squeezes none


def test_a_dark_page_leaves_pixels_as_they_are(window, site):
    window.emulate_media(color_scheme="dark")
    window.goto(f"{site}/en/05_segmentation.html")
    window.wait_for_function("document.documentElement.dataset.theme == 'dark'")
    names = ("filter", "backgroundColor", "padding")
    styles = window.evaluate(
        """names => [...document.querySelectorAll(".cell_output img")].map(one => {
            const style = getComputedStyle(one)
            return names.map(name => style[name])
        })""",
        names,
    )
    assert {tuple(style) for style in styles} == {("none", "rgba(0, 0, 0, 0)", "0px")}
    window.emulate_media(color_scheme="light")


def test_the_page_in_front_leads_to_all_lessons(window, site, watched):
    window.goto(f"{site}/index.html")
    links = window.evaluate("[...document.querySelectorAll('td a')].map(one => one.getAttribute('href'))")
    assert sorted(links) == sorted(
        f"{language}/{lesson}.html" for language in LANGUAGES for lesson in LESSONS
    )
    assert window.locator(".seen img").count() == 3
    assert watched == []


def test_a_function_named_as_its_module_is_told_as_the_function(window, site):
    window.goto(f"{site}/en/api_widgets.html")
    assert "question" in window.locator("dt#vislearn\\.widgets\\.ask").inner_text()
