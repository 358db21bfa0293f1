"""The sets that come with the course: one module for each, named as the set is.

photos, digits, bengali_digits, textures, scenes, clip, miniatures, odd_pictures, odd_films: what is in them,
and how it is built. pictures: the photographs they are made of. crops: digits cut out of new scenes.
annotations: scenes in the formats of COCO and VOC. faces, streets: what the miniatures of CelebA and
Cityscapes show. store: sets on disk. catalog: all of them together.

Here these names are modules; the functions of the same names are offered by :mod:`vislearn.datasets`.
"""

__all__: list[str] = []
