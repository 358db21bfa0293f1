from .classroom import grade
from .records import ClassReport, Row, StudentReport

__all__ = ["ClassReport", "Row", "StudentReport", "grade"]
