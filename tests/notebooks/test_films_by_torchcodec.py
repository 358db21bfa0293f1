"""Lesson 7's cell on torchcodec: with it, without its FFmpeg, and without it."""

import sys
from pathlib import Path

import jupytext
import pytest

from vislearn.course.lessons import find_lessons
from vislearn.io import write_video


@pytest.fixture
def run(tmp_path, capsys):
    """Runs the cell on a film of twelve frames, as kernels do; gives what it prints."""
    import numpy as np

    write_video(tmp_path / "rotated.mp4", np.zeros((12, 32, 48, 3), np.uint8), fps=10)
    (lesson,) = [lesson for lesson in find_lessons() if lesson.name == "07_image_video_io"]
    cells = jupytext.read(lesson.source).cells
    (code,) = [cell.source for cell in cells if "VideoDecoder(str(" in cell.source]

    def result():
        exec(code, {"films": Path(tmp_path)})
        return capsys.readouterr().out

    return result


def test_the_frame_at_a_time(run, torchcodec):
    assert run() == "torchcodec: (3, 32, 48) torch.uint8 shown from 1.000 s on\n"


@pytest.mark.parametrize("error", [RuntimeError("Could not load libtorchcodec"), OSError("libavutil.so.58")])
def test_without_ffmpeg_a_sentence_says_what_is_missing(run, torchcodec, error):
    torchcodec.fails(error)
    assert run().startswith("torchcodec is here, but no FFmpeg for it: install FFmpeg")


def test_without_torchcodec_too(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchcodec", None)
    assert run() == "torchcodec is not here: pip install torchcodec\n"
