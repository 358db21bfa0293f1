"""Exercise of lesson 01: a loader that shuffles the same way whenever it is built, observed at work."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, Subset

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["seeded_loader"]


@exercise(
    "pipeline.seeded_loader",
    trials=2,
    hints=[
        N_("A DataLoader draws its order from a generator. Whose, if you give it none?"),
        N_("Give it a generator of its own, seeded with `seed`, so that nobody else can use up its chance."),
        N_(
            "`torch.Generator().manual_seed(seed)` is one; pass it as `generator=`, together with "
            "`shuffle=True`."
        ),
    ],
)
def seeded_loader(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    """Build a loader that shuffles in the same way each time it is built.

    Two loaders built with the same seed must give the same batches, whatever else draws random numbers in
    the meantime. Another seed gives another order, and so does every new epoch of one loader. Every sample
    comes once per epoch, the last batch may be smaller.

    Args:
        dataset: any dataset with a length.
        batch_size: samples per batch.
        seed: a whole number.

    Returns:
        The DataLoader.
    """
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=generator)


@seeded_loader.inputs
def _dataset_and_seed(generator: torch.Generator) -> tuple[list[int], int, int]:
    batch_size = 3 + draw(3, generator)
    batches = 5 + draw(3, generator)
    seed = 1000 + draw(8000, generator)
    return list(range(batches * batch_size + 2)), batch_size, seed  # the last batch is smaller


@seeded_loader.observe
def _facts_of_loader(
    function: Callable[..., Any], dataset: Any, batch_size: int, seed: int
) -> dict[str, Any]:
    loader = _loader_from(function, dataset, batch_size, seed, chance=1)
    batches = list(loader)
    order, second_order = _flat(batches), _flat(loader)
    again = _flat(_loader_from(function, dataset, batch_size, seed, chance=2))
    interrupted = _loader_from(function, dataset, batch_size, seed, chance=3)
    _use_up_chance(4)  # as a model's initialisation does, between building the loader and using it
    interrupted_order = _flat(interrupted)
    another = _flat(_loader_from(function, dataset, batch_size, seed + 1, chance=5))
    return {
        N_("Samples per batch, but for the last"): _sizes(batches),
        N_("Samples that an epoch leaves out"): len(set(dataset) - set(order)),
        N_("Samples that an epoch repeats"): len(order) - len(set(order)),
        N_("The order is shuffled"): order != sorted(order),
        N_("Built again with the same seed, the same order"): again == order,
        N_("The same order even if other code draws random numbers"): interrupted_order == order,
        N_("Another seed, another order"): another != order,
        N_("The second epoch has another order"): second_order != order,
    }


def _loader_from(
    function: Callable[..., Any], dataset: Any, batch_size: int, seed: int, *, chance: int
) -> DataLoader:
    """Build one after so much else was drawn: the global generator stands somewhere else each time."""
    _use_up_chance(chance)
    loader = function(dataset, batch_size, seed)
    if not isinstance(loader, DataLoader):
        raise Unusable(_("a DataLoader expected, {got} returned.", got=describe(loader)))
    return loader


def _use_up_chance(chance: int) -> None:
    torch.default_generator.manual_seed(chance)


def _sizes(batches: list[Any]) -> str:
    """The sizes of whole batches; of a single one, its own: there may have been more."""
    sizes = [len(batch) for batch in batches]
    return ", ".join(map(str, sorted(set(sizes[:-1] or sizes))))


def _flat(batches: Iterable[Any]) -> list[int]:
    """The samples of one epoch in their order."""
    return [sample for batch in batches for sample in torch.as_tensor(batch).tolist()]


@seeded_loader.mistake(
    N_(
        "Nothing is shuffled: the samples come in the order they lie on disk, one class after the other. "
        "A generator alone changes nothing; `shuffle=True` is missing."
    )
)
def _unshuffled(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    return DataLoader(dataset, batch_size=batch_size, generator=torch.Generator().manual_seed(seed))


@seeded_loader.mistake(
    N_(
        "The loader shuffles, but `seed` has no part in it: every loader has another order. Pass "
        "`generator=torch.Generator().manual_seed(seed)`."
    )
)
def _unseeded(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


@seeded_loader.mistake(
    N_(
        "You seed the global generator, which everybody draws from: a model created between the loader "
        "and its first batch changes the order. Give the loader a generator of its own."
    )
)
def _globally_seeded(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    torch.default_generator.manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


@seeded_loader.mistake(
    N_(
        "The order is the same for every seed: the generator is never seeded, or always with the same "
        "number. Use `seed`."
    )
)
def _seed_ignored(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=torch.Generator())


@seeded_loader.mistake(
    N_(
        "`drop_last=True` leaves out the smaller last batch: each epoch silently loses samples. Keep it "
        "off here."
    )
)
def _last_dropped(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=generator, drop_last=True)


@seeded_loader.mistake(
    N_(
        "The order is drawn once, when the loader is built, so every epoch repeats it. Let the loader "
        "draw anew: `shuffle=True` with a seeded generator."
    )
)
def _shuffled_once(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed))  # type: ignore[arg-type]
    return DataLoader(Subset(dataset, order.tolist()), batch_size=batch_size)


@seeded_loader.mistake(
    N_(
        "`generator=` takes a generator, and `seed` is a number. Make one of it: "
        "`torch.Generator().manual_seed(seed)`."
    )
)
def _number_for_generator(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, generator=seed)


@seeded_loader.mistake(N_("`batch_size` is not used: pass it on as `batch_size=batch_size`."))
def _single_samples(dataset: Dataset, batch_size: int, seed: int) -> DataLoader:
    return DataLoader(dataset, shuffle=True, generator=torch.Generator().manual_seed(seed))
