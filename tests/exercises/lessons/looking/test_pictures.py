"""Lesson 08's pictures for the eye: many ways to be right, and other ways to make each mistake."""

import numpy as np
import torch
from torchvision.transforms import v2
from torchvision.utils import make_grid

from vislearn.exercises import check
from vislearn.exercises.registry import find

VIEWABLE, GRID = "looking.viewable", "looking.grid"


def upright(values):
    return values[:, None, None]


def by_torchvision(batch, mean, std):
    back = v2.functional.normalize(batch, (-mean / std).tolist(), (1 / std).tolist())
    return v2.functional.to_dtype(back.clamp(0, 1), torch.uint8, scale=True)


def in_place(batch, mean, std):
    batch.mul_(upright(std)).add_(upright(mean)).mul_(255).add_(0.5).clamp_(0, 255)
    return batch.byte()


def channel_by_channel(batch, mean, std):
    channels = [batch[:, at] * std[at] + mean[at] for at in range(3)]
    return (torch.stack(channels, dim=1) * 255).clamp(0, 255).round().to(torch.uint8)


def by_numpy(batch, mean, std):
    values = batch.numpy().transpose(0, 2, 3, 1) * std.numpy() + mean.numpy()
    return np.uint8(np.clip(values * 255, 0, 255).round()).transpose(0, 3, 1, 2)


def picture_by_picture(batch, mean, std):
    return torch.stack(
        [((one * upright(std) + upright(mean)).clamp(0, 1) * 255).to(torch.uint8) for one in batch]
    )


def channels_last(batch, mean, std):
    return ((batch.movedim(1, -1) * std + mean).clamp(0, 1) * 255).round().movedim(-1, 1).to(torch.uint8)


def by_einsum(pictures, columns, gap):
    count, channels, height, width = pictures.shape
    rows = -(-count // columns)
    padded = torch.zeros(rows * columns, channels, height + gap, width + gap, dtype=pictures.dtype)
    padded[:count, :, gap:, gap:] = pictures
    tiles = padded.reshape(rows, columns, channels, height + gap, width + gap)
    sheet = tiles.permute(2, 0, 3, 1, 4).reshape(channels, rows * (height + gap), columns * (width + gap))
    return torch.nn.functional.pad(sheet, (0, gap, 0, gap))


def by_concatenation(pictures, columns, gap):
    framed = torch.nn.functional.pad(pictures, (gap, 0, gap, 0))
    empty = torch.zeros_like(framed[0])
    rows = []
    for start in range(0, len(framed), columns):
        row = list(framed[start : start + columns])
        rows.append(torch.cat(row + [empty] * (columns - len(row)), dim=2))
    return torch.nn.functional.pad(torch.cat(rows, dim=1), (0, gap, 0, gap))


def in_two_loops(pictures, columns, gap):
    number, (count, channels, height, width) = 0, pictures.shape
    rows = (count + columns - 1) // columns
    size = (channels, gap + rows * (height + gap), gap + columns * (width + gap))
    sheet = torch.zeros(size, dtype=pictures.dtype)
    for row in range(rows):
        for column in range(columns):
            if number < count:
                y, x = gap + row * (height + gap), gap + column * (width + gap)
                sheet[:, y : y + height, x : x + width] = pictures[number]
                number += 1
    return sheet


def by_numpy_sheet(pictures, columns, gap):
    images = pictures.numpy()
    count, channels, height, width = images.shape
    rows = int(np.ceil(count / columns))
    sheet = np.zeros((channels, rows * (height + gap) + gap, columns * (width + gap) + gap), images.dtype)
    for at, image in enumerate(images):
        row, column = divmod(at, columns)
        y, x = gap + row * (height + gap), gap + column * (width + gap)
        sheet[:, y : y + height, x : x + width] = image
    return torch.from_numpy(sheet)


def by_full(pictures, columns, gap):
    count, channels, height, width = pictures.shape
    rows = count // columns + (count % columns > 0)
    sheet = pictures.new_full((channels, rows * (height + gap) + gap, columns * (width + gap) + gap), 0)
    for at in reversed(range(count)):
        view = sheet[:, gap + at // columns * (height + gap) :, gap + at % columns * (width + gap) :]
        view[:, :height, :width] = pictures[at]
    return sheet


RIGHT = {
    VIEWABLE: [by_torchvision, in_place, channel_by_channel, by_numpy, picture_by_picture, channels_last],
    GRID: [by_einsum, by_concatenation, in_two_loops, by_numpy_sheet, by_full],
}


def test_clamped_to_0_and_1_after_the_multiplication_is_told_what_holds(diagnosis):
    def answer(batch, mean, std):
        return ((batch * upright(std) + upright(mean)) * 255).clamp(0, 1).to(torch.uint8)

    told = check(VIEWABLE, answer).message
    assert told == diagnosis(VIEWABLE, "_cast_too_early")
    assert "or they were clamped to 0 to 1 after they were multiplied" in told


def another_grid(pictures, columns, gap, rows=None, dtype=None, around=True, fill=0):
    """Somebody else's loop, any part of which can be wrong."""
    count, channels, height, width = pictures.shape
    rows = rows or -(-count // columns)
    first = gap if around else 0
    end = gap if around else -gap
    size = (channels, rows * (height + gap) + end, columns * (width + gap) + end)
    sheet = torch.full(size, fill, dtype=dtype or pictures.dtype)
    for at in range(min(count, rows * columns)):
        y, x = first + at // columns * (height + gap), first + at % columns * (width + gap)
        sheet[:, y : y + height, x : x + width] = pictures[at]
    return sheet


def down(pictures, columns, gap):
    count, channels, height, width = pictures.shape
    rows = -(-count // columns)
    sheet = pictures.new_zeros(channels, rows * (height + gap) + gap, columns * (width + gap) + gap)
    for at in range(count):
        y, x = gap + at % rows * (height + gap), gap + at // rows * (width + gap)
        sheet[:, y : y + height, x : x + width] = pictures[at]
    return sheet


WRONG = {
    VIEWABLE: {
        "_as_in_the_text": lambda batch, mean, std: batch.mul(255).to(torch.uint8),
        "_only_clamped": lambda batch, mean, std: (batch * 255).clamp(0, 255).round().byte(),
        "_not_clamped": lambda batch, mean, std: (
            (batch * upright(std) + upright(mean)).mul(255).round().to(torch.uint8)
        ),
        "_mean_first": lambda batch, mean, std: (
            ((batch + upright(mean)) * upright(std)).clamp(0, 1).mul(255).round().byte()
        ),
        "_exchanged": lambda batch, mean, std: (
            (batch.mul(upright(mean)).add(upright(std)) * 255).clip(0, 255).round().byte()
        ),
        "_mean_forgotten": lambda batch, mean, std: (batch * upright(std) * 255).clamp(0, 255).round().byte(),
        "_stretched": lambda batch, mean, std: (
            make_grid(list(batch), normalize=True, padding=0, nrow=1)
            .unflatten(1, (len(batch), -1))
            .movedim(1, 0)
            .mul(255)
            .round()
            .byte()
        ),
        "_left_in_floats": lambda batch, mean, std: torch.addcmul(upright(mean), batch, upright(std)).clip(
            0, 1
        ),
        "_cast_too_early": lambda batch, mean, std: (batch * upright(std) + upright(mean)).clamp(0, 1).byte(),
        "_of_imagenet": lambda batch, mean, std: by_numpy(
            batch, torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        ),
        "_divided_again": lambda batch, mean, std: (
            (batch / upright(std) + upright(mean)).clamp(0, 1).mul(255).byte()
        ),
        "_clamped_too_early": lambda batch, mean, std: (
            (batch.clip(0, 1).mul(upright(std)) + upright(mean)).mul(255).to(torch.uint8)
        ),
        "_along_the_width": lambda batch, mean, std: (
            (batch * upright(std) + mean).clamp(0, 1).mul(255).byte()
        ),
        "_levels_in_floats": lambda batch, mean, std: (
            (batch * upright(std) + upright(mean)).mul(255).round().clamp(0, 255)
        ),
    },
    GRID: {
        "_down_the_columns": down,
        "_rows_for_columns": lambda pictures, columns, gap: another_grid(
            pictures, -(-len(pictures) // columns), gap, rows=columns
        ),
        "_last_row_lost": lambda pictures, columns, gap: another_grid(
            pictures[: len(pictures) // columns * columns], columns, gap
        ),
        "_no_frame": lambda pictures, columns, gap: another_grid(pictures, columns, gap, around=False),
        "_always_floats": lambda pictures, columns, gap: another_grid(
            pictures, columns, gap, dtype=torch.float32
        ),
        "_white_gaps": lambda pictures, columns, gap: another_grid(
            pictures, columns, gap, fill=1.0 if pictures.is_floating_point() else 255
        ),
        "_no_gaps": lambda pictures, columns, gap: another_grid(pictures, columns, 0),
        "_a_row_too_many": lambda pictures, columns, gap: another_grid(
            pictures, columns, gap, rows=len(pictures) // columns + 1
        ),
    },
}


UNLISTED = {
    VIEWABLE: [
        lambda batch, mean, std: batch,
        lambda batch, mean, std: torch.full_like(batch, 128, dtype=torch.uint8),
        lambda batch, mean, std: find(VIEWABLE).reference(batch[:1], mean, std),
        lambda batch, mean, std: find(VIEWABLE).reference(batch, mean, std).flip(1),
        lambda batch, mean, std: find(VIEWABLE).reference(batch, mean.flip(0), std.flip(0)),
        lambda batch, mean, std: find(VIEWABLE).reference(batch, mean, std).to(torch.int16) + 3,
        lambda batch, mean, std: find(VIEWABLE).reference(batch, mean, std).long(),
        lambda batch, mean, std: (batch / upright(std) - upright(mean)).clamp(0, 1).mul(255).byte(),
        lambda batch, mean, std: batch[:, :2] + upright(mean),
    ],
    GRID: [
        lambda pictures, columns, gap: pictures,
        lambda pictures, columns, gap: another_grid(pictures.flip(0), columns, gap),
        lambda pictures, columns, gap: another_grid(pictures, columns, gap).flip(2),
        lambda pictures, columns, gap: another_grid(pictures, columns, gap + 1),
        lambda pictures, columns, gap: another_grid(pictures, columns, gap).movedim(0, -1),
        lambda pictures, columns, gap: another_grid(pictures, columns, gap, fill=0) * 0,
    ],
}


def test_the_reference_lays_pictures_out_as_torchvision_does():
    exercise = find(GRID)
    for trial in range(exercise.trials):
        pictures, columns, gap = exercise.arguments(trial)
        expected = make_grid(pictures, nrow=columns, padding=gap)  # repeats a single channel three times
        sheet = exercise.reference(pictures, columns, gap)
        assert torch.equal(sheet.expand_as(expected), expected)


def test_make_grid_itself_is_refused():
    def by_library(pictures, columns, gap):
        return make_grid(pictures, nrow=columns, padding=gap)[: pictures.shape[1]]

    verdict = check(GRID, by_library)
    assert verdict.status == "wrong"
    assert "make_grid" in verdict.message


def test_a_level_less_is_no_mistake():
    def cut_off(batch, mean, std):
        return ((batch * upright(std) + upright(mean)).clamp(0, 1) * 255 - 0.4).clamp(0).to(torch.uint8)

    assert check(VIEWABLE, cut_off).status == "right"


def test_values_beyond_black_and_white_are_among_the_trials():
    batch, mean, std = find(VIEWABLE).arguments(0)
    unit = batch * upright(std) + upright(mean)
    assert unit.min() < -0.01
    assert unit.max() > 1.01
