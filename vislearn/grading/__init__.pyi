from .classroom import ClassReport, grade
from .records import Row, StudentReport

__all__ = ["ClassReport", "Row", "StudentReport", "grade"]
