import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from vislearn.demo import serving
from vislearn.demo.serving import LARGEST, POLICY, Server, page_files, serve
from vislearn.errors import InputError


@pytest.fixture
def server(make):
    """At work in a thread, with the model whose answers are known."""
    running = Server(make(), "my model")
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def ask(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    return reply, content


def png(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def test_only_this_computer_reaches_it(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_port}/"


def test_the_page_its_parts_and_nothing_else(server):
    reply, page = ask(server, "GET", "/")
    assert reply.status == 200
    assert page == page_files()["index.html"]
    for name in page_files():
        assert ask(server, "GET", f"/{name}")[0].status == 200
    told = json.loads(ask(server, "GET", "/config.json")[1])
    assert (told["name"], told["static"]) == ("my model", False)
    for path in ("/../serving.py", "/page/index.html", "/%2e%2e/words.py", "//etc/passwd", "/answer"):
        reply, content = ask(server, "GET", path)
        assert (reply.status, json.loads(content)) == (404, {"error": "There is no such page."})


def test_a_picture_is_answered_and_what_is_none_is_said_in_a_sentence(server, picture):
    reply, content = ask(server, "POST", "/answer", png(picture))
    assert (reply.status, json.loads(content)["probabilities"]) == (200, [0.75, 0.25])
    assert ask(server, "POST", "/elsewhere", png(picture))[0].status == 404
    for body, sentence in {
        b"Dear all": "The picture holds text, not a picture",
        b"": "The picture is empty",
        png(picture)[:200]: "The picture is cut off or damaged",
    }.items():
        reply, content = ask(server, "POST", "/answer", body)
        assert reply.status == 400
        assert json.loads(content)["error"].startswith(sentence)
    assert ask(server, "POST", "/answer", png(picture))[0].status == 200  # it goes on


def test_what_is_too_large_is_refused_before_it_is_read(server):
    reply, content = ask(server, "POST", "/answer", None, Content_Length=str(LARGEST + 1))
    assert reply.status == 413
    assert "larger than 32 MB" in json.loads(content)["error"]
    assert ask(server, "POST", "/answer", iter([b"x"]), Transfer_Encoding="chunked")[0].status == 411


def test_a_failing_model_ends_nothing(server, picture, monkeypatch):
    def fails(*_):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(serving, "answer", fails)
    reply, content = ask(server, "POST", "/answer", png(picture))
    assert (reply.status, json.loads(content)) == (500, {"error": "out of memory"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "elsewhere.example:{port}"}, 403),  # a name that somebody made lead here
        ({"Host": "127.0.0.1"}, 403),
    ],
)
def test_only_the_page_itself_may_ask(server, picture, headers, status):
    headers = {name: value.format(port=server.server_port) for name, value in headers.items()}
    assert ask(server, "POST", "/answer", png(picture), **headers)[0].status == status
    assert ask(server, "GET", "/config.json", **headers)[0].status == status


def test_the_browser_is_told_to_ask_nobody_else(server):
    reply, page = ask(server, "GET", "/")
    assert reply.headers["Content-Security-Policy"].startswith(POLICY)
    assert f'content="{POLICY}"' in page.decode()  # for hosts of the folder, which send no such header
    assert reply.headers["Cache-Control"] == "no-store"
    files = page_files()
    assert {"index.html", "page.js", "page.css", "pad.js", "pad.css", "pixels.js"} <= files.keys()
    assert not [
        name for name, content in files.items() if b"://" in content.replace(b"http://www.w3.org", b"")
    ]


def test_a_taken_port_is_named(make, monkeypatch):
    monkeypatch.setattr(serving, "load", lambda _: make())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port must be a free one, got {port}"):
            serve("m.onnx", port=port)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere Ctrl-C goes to all programs of a console")
def test_ctrl_c_ends_it_without_a_word_and_torch_is_never_imported():
    program = (
        "import sys\n"
        "from vislearn.deploy import Recipe\n"
        "from vislearn.demo import serving\n"
        "class Model: recipe = Recipe('classifier', ('a', 'b'))\n"
        "serving.load = lambda path: Model()\n"
        "serving.serve('m.onnx', ready=lambda address: print(address, flush=True))\n"
        "print(sorted({'torch', 'torchvision', 'matplotlib', 'IPython'} & set(sys.modules)))\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout.readline().startswith("http://127.0.0.1:")
    running.send_signal(signal.SIGINT)
    told, trouble = running.communicate(timeout=120)
    assert (told, trouble, running.returncode) == ("[]\n", "", 0)
