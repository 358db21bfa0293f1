"""The door itself, on two small notebooks: what a learner sees first, before any lesson's own test."""

import nbformat
import pytest

RED = (  # 2 x 2 pixels
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJ"
    "RU5ErkJggg=="
)


@pytest.fixture(scope="module")
def small_course(tmp_path_factory):
    """A lesson in two languages, with a stored picture that no kernel of this machine has made."""
    notebooks = tmp_path_factory.mktemp("small") / "notebooks"
    for folder, title in ((notebooks, "Overview"), (notebooks / "bn", "পরিচিতি")):
        folder.mkdir(parents=True)
        picture = nbformat.v4.new_output(
            "display_data",
            {"text/html": f'<figure><img alt="red" src="{RED}" width="80"></figure>', "text/plain": "red"},
        )
        cells = [
            nbformat.v4.new_markdown_cell(f"# {title}"),
            nbformat.v4.new_code_cell("0", outputs=[picture], execution_count=1),
            nbformat.v4.new_code_cell("import vislearn\nprint(6 * 7, vislearn.language.language())"),
            nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["wrong"]}),
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "00_overview.ipynb")
    return notebooks


@pytest.fixture(scope="module")
def small_lab(start_lab, small_course):
    with start_lab(small_course) as running:
        yield running


def test_the_overview_opens_by_itself_and_nothing_asks(small_lab, page):
    small_lab.open(page)
    assert page.locator(".jp-Notebook h1").inner_text().startswith("Overview")
    page.wait_for_load_state("networkidle")  # what asks, asks for its news first
    assert page.locator(".jp-Dialog, .jp-toast-message, .Toastify__toast").count() == 0
    assert page.locator(".jp-SideBar [data-id*=extensionmanager]").count() == 0
    assert page.locator(".jp-SideBar [data-id=filebrowser]").count() == 1


def test_a_stored_picture_is_seen_before_anything_runs(small_lab, page):
    small_lab.open(page)
    picture = page.locator(".jp-OutputArea img[alt=red]")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 2


def test_cells_run_and_a_wrong_one_is_found(small_lab, page):
    notebook = small_lab.open(page)
    assert notebook.run_all() == [notebook.find("wrong")]
    assert notebook.output(2).inner_text().strip() == "42 en"


def test_sliders_have_names_for_screen_readers_those_that_come_later_too(small_lab, page):
    notebook = small_lab.open(page)
    picture = "torch.zeros(3, 64, 64, dtype=torch.uint8)"
    notebook.write(2, f"import torch\nfrom vislearn import widgets\nwidgets.transform_gallery({picture})")
    notebook.run(2)
    output = notebook.output(2)
    output.locator(".noUi-handle[aria-label=seed]").wait_for()
    output.locator("select").first.select_option("RandomSolarize")
    output.locator(".noUi-handle[aria-label=threshold]").wait_for()
    assert output.locator(".noUi-handle:not([aria-label])").count() == 0


def test_an_answer_can_be_written_and_run(small_lab, page):
    notebook = small_lab.open(page)
    notebook.write(3, "'right'")
    assert notebook.run(3)["outputs"] == ["text/plain"]
    assert "right" in notebook.output(3).inner_text()


def test_no_line_of_code_is_cut_off(small_lab, page):
    notebook = small_lab.open(page)
    notebook.write(2, "numbers = [" + "1234567, " * 40 + "]")
    notebook.select(2)
    lines = page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-scroller")
    assert lines.evaluate("lines => lines.scrollWidth <= lines.clientWidth")


def test_the_bengali_edition_speaks_bengali(start_lab, small_course, page):
    with start_lab(small_course, "--language=bn") as lab:
        notebook = lab.open(page)
        assert page.locator(".jp-Notebook h1").inner_text().startswith("পরিচিতি")
        notebook.run(2)
        assert notebook.output(2).inner_text().strip() == "42 bn"


def test_a_kernel_reaches_this_machine_only(small_lab, page):
    notebook = small_lab.open(page)
    notebook.write(2, "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=5)")
    assert notebook.run(2)["outputs"] == ["error"]
    assert "Offline" in notebook.output(2).inner_text()
