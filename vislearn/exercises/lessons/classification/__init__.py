"""Exercises of lesson 11: a training as a program, its report, doubtful labels, a folder of new pictures."""

__all__: list[str] = []
