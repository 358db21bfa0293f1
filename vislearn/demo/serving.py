"""The page on this computer: a small server that only this computer reaches."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vislearn.checkout import PACKAGE
from vislearn.demo.answers import answer
from vislearn.demo.words import contents
from vislearn.deploy import Exported, load
from vislearn.errors import InputError, VislearnError, first_line
from vislearn.io import decode_pil
from vislearn.language import language

__all__ = ["LARGEST", "PAGE", "POLICY", "Server", "page_files", "serve"]

LARGEST = 32 * 2**20  # bytes of an upload
PAGE = Path(__file__).parent / "page"
_PAD = PACKAGE / "widgets"  # the pad that notebooks have: its script needs none of Jupyter
# The browser itself refuses whatever the page might ask of another computer.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'"
)
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}
_HOSTS = {"127.0.0.1", "localhost"}


def page_files() -> dict[str, bytes]:
    """Name → content of what the page consists of, but for ``config.json``."""
    paths = [path for path in sorted(PAGE.iterdir()) if path.suffix in _TYPES]
    return {path.name: path.read_bytes() for path in [*paths, _PAD / "pad.js", _PAD / "pad.css"]}


def serve(path: str | Path, *, name: str = "", port: int = 0, ready: Callable[[str], Any] = print) -> None:
    """Answer for an exported model until Ctrl-C, on this computer alone.

    Args:
        path: a file that ``vislearn export`` wrote.
        name: of the model, for the heading; by default the file's.
        port: 0: any free one.
        ready: is given the page's address once it can be opened.

    Raises:
        FileError: the file is none of vislearn's.
        InputError: the port is taken.
        MissingError: ONNX Runtime is not installed.
    """
    model = load(path)
    try:
        server = Server(model, name or Path(path).stem, port)
    except OSError as trouble:
        fix = "Choose another, or leave it out."
        raise InputError("port", "must be a free one", got=f"{port} ({trouble.strerror})", fix=fix) from None
    with server, suppress(KeyboardInterrupt):  # the way to end it
        ready(server.address)
        server.serve_forever()


class Server(ThreadingHTTPServer):
    """Listens on the loopback address; knows every file it gives, so no path leads elsewhere.

    Attributes:
        files: path → content.
    """

    daemon_threads = True  # a browser that keeps its connection open does not keep the program from ending

    def __init__(self, model: Exported, name: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        config = contents(model.recipe, name, language=language(), static=False)
        self.files = {f"/{name}": content for name, content in page_files().items()}
        self.files["/"] = self.files["/index.html"]
        self.files["/config.json"] = json.dumps(config, ensure_ascii=False).encode()
        self._model, self._one_at_a_time = model, threading.Lock()

    @property
    def address(self) -> str:
        """Where the page is, for a browser on this computer."""
        return f"http://127.0.0.1:{self.server_port}/"

    def ask(self, data: bytes) -> dict[str, Any]:
        """What the model says about a picture file.

        Args:
            data: its content.

        Raises:
            FileError: it is none, or damaged.
        """
        image = decode_pil(data, "The picture")
        with self._one_at_a_time:  # two large pictures at once need twice the memory, and are not faster
            return answer(self._model, image)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "vislearn", ""
    timeout = 60  # seconds that a silent connection is kept

    def do_GET(self) -> None:
        """A file of the page."""
        path = urlsplit(self.path).path
        if not self._is_own():
            return
        if path not in self.server.files:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such page.")
            return
        kind = _TYPES[Path(path).suffix or ".html"]
        self._send(HTTPStatus.OK, self.server.files[path], kind)

    def do_POST(self) -> None:
        """A picture, which is answered."""
        if not self._is_own():
            return
        if urlsplit(self.path).path != "/answer":
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such page.")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "The picture's length is missing.")
        elif int(length) > LARGEST:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The file is larger than {LARGEST >> 20} MB.")
        else:
            self._answer(self.rfile.read(int(length)))

    def _answer(self, data: bytes) -> None:
        try:
            told = self.server.ask(data)
        except VislearnError as trouble:
            self._refuse(HTTPStatus.BAD_REQUEST, str(trouble))
        except Exception as trouble:  # of the runtime: the page says it, and the server goes on
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, first_line(trouble))
        else:
            self._send(HTTPStatus.OK, json.dumps(told).encode(), _TYPES[".json"])

    def _is_own(self) -> bool:
        """Is it this page that asks? Another site, open in the same browser, could name this address too.

        Its requests carry its own origin; and where its name was made to lead here, the name as the host.
        """
        hosts = {f"{host}:{self.server.server_port}" for host in _HOSTS}
        origin = self.headers.get("Origin")
        if self.headers.get("Host") in hosts and (origin is None or urlsplit(origin).netloc in hosts):
            return True
        self._refuse(HTTPStatus.FORBIDDEN, "Only the page itself may ask.")
        return False

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        self.close_connection = True  # what was not read of the request is no next one
        self._send(status, json.dumps({"error": sentence}).encode(), _TYPES[".json"])

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", POLICY + "; frame-ancestors 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: what somebody looks at is no news for the terminal."""
