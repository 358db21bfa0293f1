"""The exercises themselves, a folder for each lesson; the framework around them is `vislearn.exercises`.

A folder is called what its exercises' names begin with: ``pipeline.normalize`` is found in ``pipeline/``, in
whichever module. Nothing else has to know of it.
"""

__all__: list[str] = []
