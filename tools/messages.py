"""What the installer says: lines of progress, and one sentence for each way to fail."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

__all__ = ["AGAIN", "Stop", "explain", "say"]

AGAIN = "then run the same command again; it continues where it stopped."
_OFFLINE = (
    "connection refused|connection reset|failed to fetch|error sending request|dns error|timed? ?out"
    "|unreachable|failed to establish a new connection|name resolution|failed to connect|max retries"
    "|no matching distribution found for uv"
)


class Stop(Exception):
    """The installation can't go on; the text is one sentence with the next step."""


def say(text: str) -> None:
    """A line of progress, at once."""
    print(text, flush=True)


def explain(output: str, course: Path) -> str:
    """One sentence for a failed installer: what it met, and the next step."""
    if shutil.disk_usage(course).free < 2**28 or "No space left" in output:
        return f"the disk of {course} is full; free some space, {AGAIN}"
    if re.search(r"certificate", output, re.IGNORECASE):
        return (
            "the package index showed a certificate this machine doesn't trust, as some schools' filters "
            f"do; set UV_SYSTEM_CERTS=1, or SSL_CERT_FILE to your school's certificate, {AGAIN}"
        )
    if re.search(_OFFLINE, output, re.IGNORECASE):
        return (
            "the package index can't be reached, and the installation needs it; "
            f"connect to the internet, {AGAIN}"
        )
    if output.strip():
        sys.stderr.write(output.strip()[-3000:] + "\n")
    return (
        "the installation stopped, and the lines above say why; run the same command again to continue, or "
        "`make clean` first to begin anew."
    )
