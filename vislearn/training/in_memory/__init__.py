"""Data that fit into memory, made ready for a network once or a whole batch at a time."""

from vislearn.training.in_memory.features import features_once
from vislearn.training.in_memory.maps import Maps, OnMaps, maps_once
from vislearn.training.in_memory.pictures import Batches, Pictures, Variation, read_tree

__all__ = [
    "Batches",
    "Maps",
    "OnMaps",
    "Pictures",
    "Variation",
    "features_once",
    "maps_once",
    "read_tree",
]
