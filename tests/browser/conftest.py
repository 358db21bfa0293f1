"""A JupyterLab as learners start it, and a Chromium to look at it with. Both reach this machine only."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from vislearn.checkout import ROOT
from vislearn.cli.browser import require_chromium
from vislearn.course.regression import OFFLINE
from vislearn.errors import MissingError

TOKEN = "tests"
SECOND = 1000  # Playwright counts milliseconds


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests of a process; without one they fail, with the way to get it."""
    problem = ""
    try:
        program = require_chromium()
    except MissingError as error:
        problem = str(error)
    if problem:
        pytest.fail(problem, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream"],
        )
        yield browser
        browser.close()


@contextmanager
def fresh_window(chromium):
    """An empty window; what it asks for beyond this machine is refused and fails the test."""
    strangers = []

    def refuse(route):
        strangers.append(route.request.url)
        route.abort()

    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(300 * SECOND)  # nothing here takes 30, on a quiet machine
    context.route(lambda url: urlsplit(url).hostname not in {"127.0.0.1", "localhost", None}, refuse)
    yield context.new_page()
    context.close()
    assert strangers == []


@pytest.fixture
def page(chromium):
    """A window of the test's own."""
    with fresh_window(chromium) as window:
        yield window


@pytest.fixture(scope="module")
def shared_page(chromium):
    """One window for the tests of a module that look at the same run."""
    with fresh_window(chromium) as window:
        yield window


class Lab:
    """A running JupyterLab and the folder it works in."""

    def __init__(self, folder, port):
        self.folder, self.address = folder, f"http://127.0.0.1:{port}"

    def open(self, page, notebook=""):
        """Show a notebook (a path such as ``"bn/01_pipeline.ipynb"``), or what JupyterLab opens by itself."""
        place = f"/lab/tree/notebooks/{quote(notebook)}" if notebook else "/"
        page.goto(f"{self.address}{place}?token={TOKEN}")
        page.wait_for_function(  # of several that this JupyterLab remembers, the one that was asked for
            """notebook => {
                const panel = window.jupyterapp?.shell.currentWidget
                if (notebook && panel?.context?.path != 'notebooks/' + notebook) return false
                return panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status == 'idle'
            }""",
            arg=notebook,
        )
        return Notebook(page)


class Notebook:
    """The notebook in front, driven through JupyterLab's own commands and looked at in the page."""

    def __init__(self, page):
        self.page = page

    def command(self, name, **arguments):
        """Execute a JupyterLab command, such as ``"notebook:run-all-cells"``, and wait until it is done."""
        return self.page.evaluate(
            """([name, arguments, patience]) => Promise.race([
                jupyterapp.commands.execute(name, arguments).then(() => null),
                new Promise((_, late) => setTimeout(() => late(name + ' takes too long'), patience)),
            ])""",
            [name, arguments, 1200 * SECOND],
        )

    def run_all(self):
        """Run every cell, top to bottom; the numbers of the cells that raised."""
        self.command("notebook:run-all-cells")
        return [number for number, cell in enumerate(self.cells()) if "error" in cell["outputs"]]

    def run(self, number):
        """Run one cell and leave it selected."""
        self.select(number)
        self.command("notebook:run-cell")
        return self.cells()[number]

    def select(self, number):
        """Make a cell the active one and scroll to it."""
        self.page.evaluate(
            """async number => {
                const notebook = jupyterapp.shell.currentWidget.content
                notebook.activeCellIndex = number
                notebook.deselectAll()
                await notebook.scrollToItem(number, 'start')
                await notebook.widgets[number].ready
            }""",
            number,
        )

    def write(self, number, source):
        """Replace a cell's text, as a learner's answer."""
        self.page.evaluate(
            """([number, text]) => jupyterapp.shell.currentWidget.content.widgets[number]
                .model.sharedModel.setSource(text)""",
            [number, source],
        )

    def cells(self):
        """Each cell's id, type, source, tags, and kinds of output (mime types, stream names, error)."""
        return self.page.evaluate(
            """() => jupyterapp.shell.currentWidget.content.widgets.map(({model}) => {
                const cell = model.toJSON()
                return {
                    id: model.id, type: cell.cell_type, source: model.sharedModel.getSource(),
                    tags: cell.metadata.tags ?? [],
                    outputs: (cell.outputs ?? []).flatMap(output => output.data
                        ? Object.keys(output.data) : [output.output_type == 'error' ? 'error' : output.name]),
                }
            })"""
        )

    def find(self, tag):
        """The number of the cell with a tag."""
        (number,) = [number for number, cell in enumerate(self.cells()) if tag in cell["tags"]]
        return number

    def showing(self, words):
        """The number of the one code cell whose source holds these words."""
        (number,) = self._with(words)
        return number

    def first_with(self, words):
        """The number of the first code cell whose source holds these words."""
        return self._with(words)[0]

    def _with(self, words):
        code = [(number, cell) for number, cell in enumerate(self.cells()) if cell["type"] == "code"]
        return [number for number, cell in code if words in cell["source"]]

    def succeeds(self, number):
        """Run a cell, which must not raise."""
        assert "error" not in self.run(number)["outputs"], self.cells()[number]["source"]

    def said(self, number):
        """Run a cell, which must not raise; the words that it shows."""
        self.succeeds(number)
        return self.output(number).inner_text()

    def answered(self, exercise, code):
        """The verdict on an answer to an exercise."""
        number = self.find(f"exercise:{exercise}")
        self.write(number, code)
        self.succeeds(number)
        return self.said(number + 1)

    def output(self, number):
        """What a cell shows, as a Playwright locator; the cell is scrolled into sight first."""
        self.select(number)
        return self.page.locator(".jp-Notebook .jp-Cell.jp-mod-active .jp-OutputArea").first


@pytest.fixture(scope="session")
def start_lab(tmp_path_factory):
    """``with start_lab(notebooks) as lab:`` runs ``vislearn lab`` on a copy of a folder of notebooks."""

    @contextmanager
    def start(notebooks, *words):
        home = tmp_path_factory.mktemp("home")
        course = tmp_path_factory.mktemp("my course")
        shutil.copytree(
            notebooks, course / "notebooks", ignore=shutil.ignore_patterns("source", ".ipynb_checkpoints")
        )
        port = free_port()
        command = [sys.executable, "-m", "vislearn", "lab", "--no-browser", f"--port={port}", *words]
        command += [f"--notebooks={course / 'notebooks'}", f"--IdentityProvider.token={TOKEN}"]
        command += ["--LabApp.expose_app_in_browser=True"]  # how Notebook drives it
        log = (home / "lab.log").open("w+")
        server = subprocess.Popen(
            command, env=environment(home), cwd=course, stdout=log, stderr=subprocess.STDOUT
        )
        lab = Lab(course / "notebooks", port)
        try:
            wait_for(lab, server, log)
            yield lab
        finally:
            stop(server)
            log.close()

    return start


@pytest.fixture(scope="module")
def notebook_of(start_lab, tmp_path_factory):
    """``with notebook_of(page, *cells) as notebook:`` opens a new notebook of these code cells."""

    @contextmanager
    def opened(page, *cells, language="en"):
        notebooks = tmp_path_factory.mktemp("small") / "notebooks"
        folder = notebooks if language == "en" else notebooks / language
        folder.mkdir(parents=True)
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        made = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)), metadata=kernel)
        nbformat.write(made, folder / "00_small.ipynb")
        with start_lab(notebooks, f"--language={language}") as running:
            yield running.open(page)

    return opened


@pytest.fixture(scope="session")
def lab(start_lab):
    """JupyterLab on the course's own notebooks."""
    with start_lab(ROOT / "notebooks") as running:
        yield running


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home):
    """An empty home, no settings of the machine's owner, kernels without network, the same built data."""
    from vislearn.datasets import data_root

    keep = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "VISLEARN"))}
    places = {"HOME": str(home), "USERPROFILE": str(home), "VISLEARN_DATA": str(data_root())}
    return keep | places | {"PYTHONPATH": os.pathsep.join(map(str, (OFFLINE, ROOT)))}


def wait_for(lab, server, log):
    """Until it answers; a server that ended instead fails with what it said."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        if server.poll() is not None:
            log.seek(0)
            pytest.fail(f"vislearn lab ended with status {server.returncode}:\n{log.read()}", pytrace=False)
        try:
            with urllib.request.urlopen(f"{lab.address}/api/status?token={TOKEN}", timeout=60):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail("vislearn lab did not answer within ten minutes", pytrace=False)


def stop(server):
    """As Ctrl-C twice would: the server ends its kernels; what does not end is ended."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(timeout=300)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
