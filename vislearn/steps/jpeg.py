"""A JPEG from its bytes to a tensor, with one block of 8×8 pixels worked out by hand."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.steps.jpeg_blocks import SIDE, from_frequencies, luminance_table, segments, to_frequencies
from vislearn.steps.step import Step
from vislearn.viz import Boxed, BoxStyle, palette, to_display
from vislearn.viz.pictures.cells import Cells

__all__ = ["jpeg"]

_SHOWN = 12  # bytes of the file's beginning


def jpeg(picture: Any, quality: int = 50, block: tuple[int, int] | None = None) -> Iterator[Step]:
    """Walk a picture into a JPEG and out again: bytes, markers, one block's numbers, pixels, tensor.

    The block's coefficients are computed here, not taken from the decoder: what comes out of them is what a
    decoder shows, to a level or two, because it counts in whole numbers.

    Args:
        picture: any picture ``viz`` takes, at least 8×8 pixels.
        quality: 1..95, as Pillow counts it.
        block: (row, column) of the block, counted in blocks; None: where most is to be seen.

    Yields:
        Bytes (as text), markers (their names), the block's place (as text), the block's brightness, uint8
        (8, 8), its frequencies, float64 (8, 8), the file's table, the quantised numbers and these times the
        table, int64 (8, 8), the block again, uint8 (8, 8), and the tensor, uint8 (3, H, W).

    Raises:
        InputError: a quality or a block that isn't there, or a picture smaller than a block.

    Source: ITU T.81 (JPEG), annexes A and B.

    >>> walked = list(jpeg(Image.linear_gradient("L"), quality=50, block=(3, 3)))
    >>> [step.title for step in walked][:4]
    ['Bytes', 'Markers', "The block's place", 'One block']
    """
    image = Image.fromarray(to_display(picture))
    if not 1 <= quality <= 95:
        raise InputError("quality", "must be 1 to 95", got=quality)
    bright = torch.from_numpy(np.array(image.convert("L")))
    row, column = _chosen(bright, block)
    data = _compressed(image, quality)
    yield from _file_steps(data, image, (row, column))
    yield from _block_steps(bright[SIDE * row :, SIDE * column :][:SIDE, :SIDE], luminance_table(data))
    decoded = torch.from_numpy(np.array(Image.open(io.BytesIO(data)).convert("RGB"))).permute(2, 0, 1)
    note = _("All blocks, and their colours, which have a table of their own: what a reader returns.")
    yield Step(_("Tensor"), decoded.contiguous(), note)


def _chosen(bright: torch.Tensor, block: tuple[int, int] | None) -> tuple[int, int]:
    rows, columns = bright.shape[0] // SIDE, bright.shape[1] // SIDE
    if not rows or not columns:
        raise InputError("picture", "must have at least 8×8 pixels", got=tuple(bright.shape))
    if block is None:
        tiles = bright[: rows * SIDE, : columns * SIDE].double().reshape(rows, SIDE, columns, SIDE)
        return divmod(int(tiles.std(dim=(1, 3)).argmax()), columns)
    if not (0 <= block[0] < rows and 0 <= block[1] < columns):
        raise InputError("block", f"must lie within {rows} rows and {columns} columns of blocks", got=block)
    return block


def _compressed(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _file_steps(data: bytes, image: Image.Image, block: tuple[int, int]) -> Iterator[Step]:
    raw = image.width * image.height * 3
    note = _(
        "The file: {size} bytes for {raw} bytes of pixels. It begins with FF D8, as every JPEG does.",
        size=len(data),
        raw=raw,
    )
    yield Step(_("Bytes"), data[:_SHOWN].hex(" ").upper() + " …", note)
    parts = list(segments(data))
    told = {f"{number} {part.name}": float(len(part.data)) for number, part in enumerate(parts) if part.data}
    note = _("FF and one more byte begin each part. DQT: tables to divide by; DHT: codes; SOS: the pixels.")
    yield Step(_("Markers"), " · ".join(part.name for part in parts), note, picture=told)
    row, column = block
    corner = torch.tensor([[column, row, column + 1, row + 1]]) * SIDE
    where = Boxed(np.asarray(image), corner.double(), styles=[BoxStyle(palette.ACCENT, 3.0)])
    note = _(
        "8×8 pixels at a time. This block, {row} from the top, {column} from the left.",
        row=row,
        column=column,
    )
    yield Step(_("The block's place"), f"({row}, {column})", note, picture=where)


def _block_steps(block: torch.Tensor, table: torch.Tensor) -> Iterator[Step]:
    yield Step(_("One block"), block, _("Its brightness, 0…255."), picture=Cells(block))
    amounts = to_frequencies(block)
    note = _("How much of each wave is in it: top left the mean, finer ones to the right and below.")
    yield Step(_("Frequencies"), amounts, note, picture=Cells(amounts.round()))
    note = _("The file's own table for brightness: fine waves are divided by more, because eyes miss them.")
    yield Step(_("Table"), table, note, picture=Cells(table))
    kept = (amounts / table).round().long()
    zeros = int((kept == 0).sum())
    note = _("Divided and rounded: this is where most of the loss happens. {zeros} of 64 are 0.", zeros=zeros)
    yield Step(_("Quantised"), kept, note, picture=Cells(kept))
    again = kept * table
    yield Step(_("Multiplied again"), again, _("What a reader finds in the file."), picture=Cells(again))
    back = from_frequencies(again).round().clamp(0, 255).to(torch.uint8)
    away = int((back.int() - block.int()).abs().max())
    note = _("Waves added up: the pixels, at most {away} levels from what they were.", away=away)
    yield Step(_("The block again"), back, note, picture=Cells(back))
