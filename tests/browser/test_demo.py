"""The page of ``vislearn demo``: answers as Python gives them, by this computer and by the browser itself."""

import base64
import functools
import http.server
import io
import json
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.datasets import photos
from vislearn.demo.answers import answer
from vislearn.demo.folder import write_folder
from vislearn.demo.runtime import runtime_files
from vislearn.demo.serving import PAGE, Server
from vislearn.deploy import Recipe, load
from vislearn.deploy.pixels import enlarged, prepared
from vislearn.errors import MissingError
from vislearn.io import read_pil
from vislearn.models import detector, segmenter
from vislearn.models.bundled import bundled_card, load_bundled
from vislearn.training import export_model, load_model, save_model
from vislearn.transforms import detection_transform, segmentation_transform


def network(kind):
    """What is exported: network, transform, classes and what rebuilds it."""
    torch.manual_seed(0)
    if kind == "classifier":
        card, model = bundled_card("photo"), load_bundled("photo")
        return model, card.transform, list(card.classes), model
    if kind == "segmenter":
        return segmenter("lraspp", 3), segmentation_transform(train=False), ["a", "খ", "c"], segmenter
    model = detector("faster_rcnn", 2, max_objects=6, min_score=0.0)
    return model, detection_transform(train=False), ["a", "খ"], detector


@pytest.fixture(scope="module")
def exported(tmp_path_factory, pictures):
    """``exported(kind)``: a file, made once."""

    @functools.cache
    def get(kind):
        folder = tmp_path_factory.mktemp(kind)
        model, transform, classes, build = network(kind)
        save_model(folder / "m.pt", model.eval(), classes=classes, transform=transform)
        saved = load_model(folder / "m.pt", build)
        export_model(saved, folder / "m.onnx", pictures=[read_pil(pictures["cat.png"])])
        return folder / "m.onnx"

    return get


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Name → file: photographs as PNG and JPEG, one turned by its EXIF, one large, one half transparent."""
    folder = tmp_path_factory.mktemp("pictures")
    cat, coffee = (read_pil(photos()[name]) for name in ("cat", "coffee"))
    small = cat.resize((150, 100))
    small.save(folder / "cat.png")
    coffee.resize((160, 120)).save(folder / "coffee.jpg", quality=92)
    exif = Image.Exif()
    exif[274] = 6  # shown turned to the right
    cat.save(folder / "turned.jpg", quality=92, exif=exif)
    coffee.resize((1300, 867)).save(folder / "large.png")
    small.putalpha(Image.linear_gradient("L").resize(small.size))
    small.save(folder / "clear.png")
    return {path.name: path for path in folder.iterdir()}


@contextmanager
def at_work(server):
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def plain_host(folder):
    """What python -m http.server gives."""
    handler = functools.partial(Quiet, directory=folder)
    return at_work(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def served(exported, tmp_path_factory):
    """``with served(kind, static) as address``: the page, from this program or from a plain web server."""

    @functools.cache
    def folder(kind):
        try:
            runtime_files()
        except MissingError as missing:
            pytest.skip(f"ONNX Runtime for browsers is neither cached nor to be fetched: {missing}")
        place = tmp_path_factory.mktemp("static") / kind
        write_folder(exported(kind), place)
        return place

    def get(kind, static):
        if not static:
            return at_work(Server(load(exported(kind)), f"my {kind}"))
        return plain_host(folder(kind))

    return get


def said(page):
    """What the page says, once it has an answer."""
    rows = page.locator("#list li")
    rows.or_(page.get_by_text("No answer")).or_(page.get_by_text("No object")).first.wait_for()
    return page.locator("#state").inner_text(), rows.all_inner_texts()


def percent(text):
    return float(text.split("\n")[-1].rstrip("%")) / 100


@pytest.mark.parametrize("name", ["cat.png", "coffee.jpg", "turned.jpg", "large.png", "clear.png"])
@pytest.mark.parametrize("static", [False, True], ids=["server", "folder"])
def test_a_classifier_says_what_python_says(served, exported, page, pictures, name, static):
    model = load(exported("classifier"))
    chances = model.probabilities([read_pil(pictures[name])])[0]
    order = chances.argsort()[::-1][:5]
    with served("classifier", static) as address:
        page.goto(address)
        page.set_input_files("#chooser", pictures[name])
        _, rows = said(page)
    away = 0.02 if static and name.endswith("jpg") else 0.00051  # browsers decode JPEG in their own way
    assert [percent(row) for row in rows] == pytest.approx(list(chances[order]), abs=away)
    if away < 0.01:
        assert [row.split("\n")[0] for row in rows] == [model.recipe.classes[at] for at in order]


ASK = """async ([name, recipe, file]) => {
    const { prepare } = await import("./answering.js")
    const bytes = Uint8Array.from(atob(file), letter => letter.charCodeAt(0))
    const answer = await (await prepare(recipe))(new Blob([bytes]))
    return { ...answer, mask: Array.from(answer.mask ?? []) }
}"""


@pytest.mark.parametrize("name", ["cat.png", "clear.png"])
@pytest.mark.parametrize("kind", ["segmenter", "detector"])
def test_masks_and_boxes_of_the_browser_are_python_s(served, exported, page, pictures, kind, name):
    model = load(exported(kind))
    expected = answer(model, read_pil(pictures[name]))
    recipe = {"kind": kind, "resize": None, "crop": None, "interpolation": "bilinear"}
    with served(kind, True) as address:
        page.goto(address)
        told = page.evaluate(ASK, [name, recipe, base64.b64encode(pictures[name].read_bytes()).decode()])
    assert (told["width"], told["height"]) == (expected["width"], expected["height"])
    if kind == "segmenter":
        mask = np.frombuffer(base64.b64decode(expected["mask"]), np.uint8)
        assert len(np.unique(mask)) > 1
        assert (np.array(told["mask"]) == mask).mean() > 0.999
        return
    assert len(expected["boxes"]) == 6
    np.testing.assert_allclose(told["boxes"], expected["boxes"], atol=0.02)
    np.testing.assert_allclose(told["scores"], expected["scores"], atol=1e-4)
    assert told["labels"] == expected["labels"]


@pytest.mark.parametrize("static", [False, True], ids=["server", "folder"])
def test_the_slider_shows_fewer_boxes_and_each_is_named_in_words(served, exported, page, pictures, static):
    scores = answer(load(exported("detector")), read_pil(pictures["cat.png"]))["scores"]
    with served("detector", static) as address:
        page.goto(address)
        page.set_input_files("#chooser", pictures["cat.png"])
        assert said(page) == ("No object has this score.", [])
        page.locator("#level").focus()
        page.keyboard.press("Home")
        assert page.locator("#level-shown").inner_text() == "5%"
        state, rows = said(page)
        assert state == f"Objects found: {len(scores)}."
        assert [percent(row) for row in rows] == pytest.approx(scores, abs=0.00051)
        assert page.locator("#picture").get_attribute("aria-label") == f"Your picture. Answer: {state}"


@pytest.mark.parametrize("static", [False, True], ids=["server", "folder"])
def test_a_mask_lies_over_the_picture_and_its_shares_are_said(served, exported, page, pictures, static):
    told = answer(load(exported("segmenter")), read_pil(pictures["large.png"]))
    mask = np.frombuffer(base64.b64decode(told["mask"]), np.uint8)
    shares = sorted(np.bincount(mask, minlength=3) / len(mask), reverse=True)
    with served("segmenter", static) as address:
        page.goto(address)
        page.set_input_files("#chooser", pictures["large.png"])
        state, rows = said(page)
        assert [percent(row) for row in rows] == pytest.approx([each for each in shares if each], abs=0.0011)
        assert state in page.locator("#picture").get_attribute("aria-label")
        half = shown(page)
        page.locator("#level").focus()
        page.keyboard.press("Home")
        bare = shown(page)
    picture = np.asarray(Image.open(pictures["large.png"]).resize(bare.shape[1::-1])).astype(int)
    assert np.abs(bare - picture).mean() < 4  # as the browser shrinks it
    assert np.abs(half - picture).mean() > 20


def shown(page):
    """The canvas, its own pixels."""
    data = page.locator("#picture").evaluate("canvas => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGB")).astype(int)


RECIPES = [
    Recipe("classifier", resize=(32,), crop=(32, 32)),
    Recipe("classifier", resize=(180,), crop=(150, 150)),
    Recipe("classifier", resize=(20, 90), interpolation="bicubic"),
    Recipe("classifier", resize=(70,), interpolation="bicubic", crop=(61, 44)),
    Recipe("classifier", resize=(33, 50), interpolation="nearest"),
    Recipe("classifier", crop=(24, 199)),
    Recipe("classifier", crop=(101, 25)),
]


def test_the_browser_prepares_pictures_to_the_last_bit_as_pillow_does(page):
    """The hard part of answering there: a canvas would shrink pictures in a way of its own."""
    pixels = np.random.default_rng(0).integers(0, 256, (120, 163, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(pixels[:6, :7]).resize((150, 131), 3))
    with at_work(
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=PAGE))
    ) as at:
        page.goto(f"{at}pixels.js")
        for recipe in RECIPES:
            for array in (pixels, smooth):
                picture = {"width": array.shape[1], "height": array.shape[0], "data": array.ravel().tolist()}
                plan = {"resize": recipe.resize, "crop": recipe.crop, "interpolation": recipe.interpolation}
                got = page.evaluate(
                    """async ([picture, recipe]) => {
                        const { prepared, planes } = await import("./pixels.js")
                        picture.data = Uint8Array.from(picture.data)
                        return Array.from(planes(prepared(picture, recipe)))
                    }""",
                    [picture, plan],
                )
                np.testing.assert_array_equal(got, prepared(array, recipe).ravel(), err_msg=str(recipe))


def test_the_browser_enlarges_logits_as_python_does(page):
    logits = np.random.default_rng(0).normal(size=(4, 9, 11)).astype(np.float32)
    with at_work(
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=PAGE))
    ) as at:
        page.goto(f"{at}pixels.js")
        for size in ((36, 44), (50, 31), (4, 5), (9, 11)):
            got = page.evaluate(
                """async ([logits, size]) => {
                    const { likeliest } = await import("./pixels.js")
                    return Array.from(likeliest(logits, [4, 9, 11], ...size))
                }""",
                [logits.ravel().tolist(), size],
            )
            assert (np.array(got).reshape(size) == enlarged(logits, *size).argmax(axis=0)).mean() > 0.999


@pytest.fixture
def page_of(served, page):
    """``page_of(kind)``: the page as this program serves it."""
    with served("classifier", False) as address:
        page.goto(address)
        page.get_by_text("No picture yet.").wait_for()
        yield page


def test_all_is_done_by_keyboard(page_of):
    """From the file to the camera, on to the pad, a stroke, and its answer."""
    keys = page_of.keyboard
    keys.press("Tab")
    assert page_of.locator("#language").evaluate("button => button == document.activeElement")
    keys.press("Tab")
    keys.press("ArrowRight")
    assert page_of.locator("#start").is_visible()
    keys.press("ArrowRight")
    page_of.locator("#pad canvas").wait_for()
    keys.press("Tab")
    for key in ("Space", "Shift+ArrowUp", "Shift+ArrowUp", "Space"):
        keys.press(key)
    _, rows = said(page_of)
    assert len(rows) == 5
    light = shown(page_of)
    assert (light[0, 0].tolist(), light.max()) == ([0, 0, 0], 255)
    page_of.locator("#ink").focus()
    keys.press("Space")
    while not shown(page_of)[0, 0].all():
        page_of.wait_for_timeout(50)
    np.testing.assert_array_equal(shown(page_of), 255 - light)


def test_the_camera_s_picture_is_answered(page_of):
    page_of.context.grant_permissions(["camera"])
    page_of.check("input[value=camera]")
    page_of.locator("#start").click()
    page_of.locator("#take").wait_for()
    page_of.locator("#view").evaluate(
        "async view => { while (!view.videoWidth) await new Promise(done => setTimeout(done, 50)) }"
    )
    page_of.locator("#take").click()
    assert len(said(page_of)[1]) == 5
    assert shown(page_of).max() > 0
    page_of.locator("#stop").click()
    assert page_of.locator("#view").is_hidden()
    assert page_of.locator("#view").evaluate("view => view.srcObject") is None


def test_the_switch_speaks_bengali_everywhere_and_is_remembered(page_of, pictures):
    page_of.set_input_files("#chooser", pictures["cat.png"])
    said(page_of)
    page_of.get_by_role("button", name="বাংলা").click()
    assert page_of.locator("html").get_attribute("lang") == "bn"
    words = json.loads(page_of.evaluate("async () => await (await fetch('config.json')).text()"))["words"]
    assert page_of.locator("[data-word=about]").inner_text() == words["bn"]["about"]
    assert "আপনার ছবি। উত্তর:" in page_of.locator("#picture").get_attribute("aria-label")
    left = [
        element.inner_text()
        for element in page_of.locator("[data-word]:visible").all()
        if element.inner_text() in words["en"].values()
    ]
    assert left == []
    page_of.reload()
    page_of.get_by_text(words["bn"]["nothing_yet"]).wait_for()


def test_everything_that_is_not_text_has_a_name(page_of, pictures):
    page_of.set_input_files("#chooser", pictures["cat.png"])
    said(page_of)
    nameless = page_of.evaluate(
        """() => {
            const named = one => one.ariaLabel || one.textContent.trim() || one.closest("label")?.textContent
            const all = document.querySelectorAll("canvas, video, input, button, progress, img")
            const shown = [...all].filter(one => !one.closest("#slider[hidden]"))
            return shown.filter(one => !named(one)).map(one => one.outerHTML)
        }"""
    )
    assert nameless == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_wish_for_light_or_dark(page_of, scheme):
    page_of.emulate_media(color_scheme=scheme)
    ground = page_of.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    ink = page_of.locator("body").evaluate("body => getComputedStyle(body).color")
    light, dark = "rgb(255, 255, 255)", "rgb(18, 24, 31)"
    assert ground == (light if scheme == "light" else dark)
    assert (ink == "rgb(27, 39, 51)") == (scheme == "light")


def test_who_chooses_before_the_page_listens_is_answered_too(served, page, pictures):
    with served("classifier", False) as address:
        wait = threading.Event()
        page.route("**/config.json", lambda route: (wait.wait(60), route.continue_()))
        page.goto(address, wait_until="commit")
        page.set_input_files("#chooser", pictures["cat.png"])
        wait.set()
        assert len(said(page)[1]) == 5


def test_what_is_no_picture_and_a_server_that_ended_are_said(served, page, pictures, tmp_path):
    (tmp_path / "letter.jpg").write_text("Dear all")
    with served("classifier", False) as address:
        page.goto(address)
        page.set_input_files("#chooser", tmp_path / "letter.jpg")
        page.get_by_text("This browser can't show that file. Save it as JPEG or PNG.").wait_for()
        page.route("**/answer", lambda route: route.abort())  # as when nobody listens any more
        page.set_input_files("#chooser", pictures["cat.png"])
        page.get_by_text("No answer: vislearn demo has ended. Start it again.").wait_for()


def test_the_page_can_ask_nobody_else(page_of):
    """Its policy refuses, before a request is made; one that left would fail the test too."""
    refused = page_of.evaluate("() => fetch('https://elsewhere.example/').then(() => false, () => true)")
    assert refused
