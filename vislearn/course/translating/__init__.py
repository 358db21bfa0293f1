"""What there is to translate in lessons and package, and whether a translation is whole (extra: author)."""

__all__: list[str] = []
