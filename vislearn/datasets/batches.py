"""The last steps of an input pipeline, on whole batches or where a picture has just been decoded."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from vislearn.datasets.parallel import default_threads, each
from vislearn.errors import InputError
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["Finish", "finish_batch"]

_SMALL = 2**20  # numbers in a batch: fewer are finished before another thread has woken up


class Finish:
    """A transform: uint8 (C, H, W) -> float32 (C, H, W), scaled to 0..1, normalised, some mirrored.

    Given to :func:`resized` or :func:`cached`, it is done by the threads that decode, while the picture is
    still in the CPU's cache, and straight into the batch. For training on a GPU leave it out, and call
    :func:`finish_batch` there: uint8 travels four times as fast.

    Args:
        mirror: chance of each picture to be mirrored, 0 (validation) ... 1.
        mean: per channel, of pixels in 0..1.
        std: per channel, of pixels in 0..1.

    Raises:
        InputError: ``mean`` and ``std`` are of different lengths or not of pixels in 0..1, or ``mirror`` is
            no chance.

    >>> Finish(mean=[0.5], std=[0.25])(torch.full((1, 1, 2), 255, dtype=torch.uint8))
    tensor([[[2., 2.]]])
    """

    def __init__(
        self,
        *,
        mirror: float = 0.0,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        if len(mean) != len(std):
            raise InputError("std", f"must have {len(mean)} numbers, as mean has", got=std)
        if not 0 <= mirror <= 1:
            raise InputError("mirror", "must be a chance, 0 … 1", got=mirror)
        if not all(0 <= one <= 1 for one in mean) or not all(0 < one <= 1 for one in std):
            got = f"mean={list(mean)}, std={list(std)}"
            raise InputError(
                "mean and std", "must be of pixels in 0..1, std above 0", got=got, fix="Divide by 255."
            )
        self.mirror = mirror
        self.scale = (1 / (255 * torch.tensor(std))).view(-1, 1, 1).numpy()
        self.shift = torch.tensor([-m / s for m, s in zip(mean, std, strict=True)]).view(-1, 1, 1).numpy()

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        """One picture.

        Args:
            image: uint8 (C, H, W); not changed.

        Raises:
            InputError: as :func:`finish_batch` does.
        """
        return self.batch(image[None])[0]

    def batch(self, images: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Many of one size, on the device where they are.

        Args:
            images: uint8 (B, C, H, W); not changed.
            generator: draws who is mirrored (on the CPU); the global one if not given.

        Raises:
            InputError: as :func:`finish_batch` does.
        """
        channels = len(self.scale)
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != channels:
            raise InputError(
                "images",
                f"must be a uint8 batch of shape (B, {channels}, H, W)",
                got=f"{images.dtype} {tuple(images.shape)}",
                fix="Leave ToDtype and Normalize out of the transform.",
            )
        if images.device.type == "cpu":
            return self._on_cpu(images, generator)
        batch = images.to(torch.float32)
        for index in np.flatnonzero(self._drawn(len(images), generator)).tolist():
            batch[index] = images[index].flip(-1)
        scale, shift = (torch.from_numpy(numbers).to(batch.device) for numbers in (self.scale, self.shift))
        return batch.mul_(scale).add_(shift)

    def finishing(
        self,
        picture: Callable[[int], np.ndarray],
        batch: np.ndarray,
        generator: torch.Generator | None = None,
    ) -> Callable[[int], None]:
        """Work for several threads: each picture to its place, while it is in the CPU's cache.

        Who is mirrored is drawn now, on this thread.

        Args:
            picture: by its place in the batch, uint8 (C, H, W); not changed.
            batch: where the numbers go, float32 (B, C, H, W).
            generator: draws who is mirrored; the global one if not given.

        Raises:
            InputError: pictures of other channels than ``mean`` and ``std`` are for.
        """
        if batch.shape[1] != len(self.scale):
            raise InputError("mean", f"must have {batch.shape[1]} numbers", got=len(self.scale))
        mirrored = self._drawn(len(batch), generator)

        def finish(place: int) -> None:
            pixels, numbers = picture(place), batch[place]
            # as bytes: turning them around while they become floats takes longer
            np.copyto(numbers, _mirror(pixels) if mirrored[place] else pixels)
            numbers *= self.scale
            numbers += self.shift

        return finish

    def _drawn(self, count: int, generator: torch.Generator | None) -> list[bool]:
        """Who of so many pictures is mirrored. Validation uses up no chance."""
        if not self.mirror:
            return [False] * count
        return (torch.rand(count, generator=generator) < self.mirror).tolist()

    def _on_cpu(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        # NumPy's memory: large pages where Linux has them. Channels last, where images are
        batch = np.empty_like(images.numpy(), dtype=np.float32)
        threads = min(torch.get_num_threads(), default_threads()) if batch.size > _SMALL else 1
        each(self.finishing(images.numpy().__getitem__, batch, generator), len(batch), threads)
        return torch.from_numpy(batch)


def finish_batch(
    images: torch.Tensor,
    *,
    mirror: float = 0.0,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """uint8 (B, C, H, W) -> float32 (B, C, H, W): scaled to 0..1, normalised, some mirrored.

    The same as ``RandomHorizontalFlip``, ``ToDtype(scale=True)`` and ``Normalize`` on each picture, in one
    pass over the memory instead of five; on a GPU too, where uint8 travels four times as fast.

    Args:
        images: a batch as the loader gives it; not changed.
        mirror: chance of each picture to be mirrored, 0 (validation) ... 1.
        mean: per channel, of pixels in 0..1.
        std: per channel, of pixels in 0..1.
        generator: draws who is mirrored (on the CPU); the global one if not given.

    Raises:
        InputError: ``images`` isn't a uint8 batch with as many channels as ``mean`` and ``std`` have numbers.

    >>> finish_batch(torch.full((1, 1, 1, 2), 255, dtype=torch.uint8), mean=[0.5], std=[0.25])
    tensor([[[[2., 2.]]]])
    """
    return Finish(mirror=mirror, mean=mean, std=std).batch(images, generator)


def _mirror(picture: np.ndarray) -> np.ndarray:
    """uint8 (C, H, W), left and right exchanged.

    Eight pixels at a time are turned around as one number's bytes, where rows lie so: a quarter of the time.
    """
    if picture.shape[-1] % 8 or not picture.flags.c_contiguous:
        return np.ascontiguousarray(picture[..., ::-1])
    return picture.view(np.uint64)[..., ::-1].byteswap().view(np.uint8)
