"""The machine without network that notebooks are tested on."""

import os
import subprocess
import sys

import pytest

from vislearn.course.regression import OFFLINE

BEYOND = '("192.0.2.1", 80)'  # an address kept free for documentation: nobody is there


def run(statement):
    """What a guarded Python prints."""
    code = f"import asyncio, socket\nudp = socket.socket(type=socket.SOCK_DGRAM)\nprint({statement})"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(OFFLINE)},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.parametrize(
    "statement",
    [
        f"socket.socket().connect({BEYOND})",
        f"socket.socket().connect_ex({BEYOND})",
        "socket.getaddrinfo('2001:db8::1', 80)",
        f"socket.create_connection({BEYOND})",
        f"udp.sendto(b'x', {BEYOND})",
        f"udp.sendmsg([b'x'], [], 0, {BEYOND})",
        "socket.getaddrinfo('example.org', 80)",
        "socket.getaddrinfo(b'example.org', 80)",
        "socket.getaddrinfo('192.0.2.1', 80)",
        "socket.gethostbyname('example.org')",
        "socket.gethostbyaddr('192.0.2.1')",
        "asyncio.run(asyncio.open_connection('example.org', 80))",
        "__import__('_socket').socket().connect(('192.0.2.1', 80))",
        "__import__('urllib.request').request.urlopen('http://example.org')",
        "__import__('subprocess').run([__import__('sys').executable, '-c', "
        "'import socket; socket.getaddrinfo(\"example.org\", 80)'], check=True)",
    ],
)
def test_the_world_beyond_this_machine_is_refused(statement):
    done = run(statement)
    assert done.returncode == 1
    assert "no network in this test" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "statement",
    [
        "(here := socket.create_server(('127.0.0.1', 0))), socket.create_connection(here.getsockname())",
        "socket.getaddrinfo('localhost', 80)[0]",
        "socket.getaddrinfo('::1', 80)[0]",
        "socket.getaddrinfo(None, 80)[0]",
        "socket.socketpair()",
        "udp.sendto(b'x', ('127.0.0.1', 9))",
        "udp.connect(('127.0.0.2', 9)), udp.sendmsg([b'x'])",
        "__import__('sitecustomize').ACTIVE",
    ],
)
def test_this_machine_may_talk_to_itself(statement):
    done = run(statement)
    assert done.returncode == 0, done.stderr


def test_code_that_copes_without_a_network_copes_here():
    done = run("issubclass(__import__('sitecustomize').Offline, OSError)")
    assert done.stdout == "True\n"
