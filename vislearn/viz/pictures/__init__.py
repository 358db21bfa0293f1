"""Pictures with what lies on them or stands beside them. ``vislearn.viz`` offers the functions."""

__all__: list[str] = []
