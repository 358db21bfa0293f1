"""ONNX Runtime for browsers: fetched once by npm, checked, and kept in the user's cache."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from vislearn.errors import FileError, MissingError, Words, first_line
from vislearn.files import cache_folder, replaced_whole
from vislearn.language import N_

__all__ = ["RUNTIME_FILES", "VERSION", "runtime_files"]

VERSION = "1.30.0"
# As the registry published it: a mirror, a cache or a file that somebody carries here must hold the same.
_SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
RUNTIME_FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
_PACKAGE = f"onnxruntime-web@{VERSION}"
_ARCHIVE = f"onnxruntime-web-{VERSION}.tgz"  # what npm pack calls it
_PATIENCE = 900  # seconds for 33 MB
_BY_HAND = Words(
    N_("npm pack {package} on a computer that has it gives {archive}: pass that as --runtime."),
    package=_PACKAGE,
    archive=_ARCHIVE,
)


def runtime_files(archive: Path | None = None) -> dict[str, bytes]:
    """Name → content of what the page needs to run a model by itself.

    Args:
        archive: the package as ``npm pack`` writes it; None: the cached one, or fetched.

    Raises:
        MissingError: nothing is cached, and npm is missing or can't fetch it.
        FileError: the archive is another one, or damaged.
    """
    cached = cache_folder() / "vislearn" / _ARCHIVE
    if archive is None and cached.is_file() and _is_right(cached.read_bytes()):
        archive = cached
    if archive is None:
        _fetch(cached)
        archive = cached
    return _unpacked(archive)


def _fetch(cached: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise MissingError(
            "npm, which fetches ONNX Runtime for browsers, is not installed.",
            fix=f"Install Node.js, once. Or: {_BY_HAND}",
        )
    with tempfile.TemporaryDirectory(prefix="vislearn-npm-") as folder:
        command = [npm, "pack", _PACKAGE, "--pack-destination", folder]
        try:
            subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=True)
        except (OSError, subprocess.SubprocessError) as trouble:
            said = (getattr(trouble, "stderr", None) or str(trouble)).strip()
            raise MissingError(
                f"npm could not fetch {_PACKAGE}: {first_line(said)}.",
                fix=f"Try again with internet. Or: {_BY_HAND}",
            ) from None
        data = (Path(folder) / _ARCHIVE).read_bytes()
    if not _is_right(data):
        raise FileError(
            _ARCHIVE, N_("is not what was published (its SHA-512 differs)"), fix=N_("Fetch it elsewhere.")
        )
    with replaced_whole(cached) as draft:
        draft.write_bytes(data)


def _unpacked(archive: Path) -> dict[str, bytes]:
    if not archive.is_file():
        raise FileError(archive, N_("does not exist"), fix=N_("Check the name and the folder."))
    if not _is_right(archive.read_bytes()):
        problem = Words(N_("is not {package} as it was published (its SHA-512 differs)"), package=_PACKAGE)
        raise FileError(archive, problem, fix=_BY_HAND)
    with tarfile.open(archive) as package:
        members = {name: package.extractfile(f"package/dist/{name}") for name in RUNTIME_FILES}
        return {name: member.read() for name, member in members.items() if member is not None}


def _is_right(data: bytes) -> bool:
    return base64.b64encode(hashlib.sha512(data).digest()).decode("ascii") == _SHA512
