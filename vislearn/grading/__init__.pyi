from .classroom import grade
from .exports import export_assignment
from .records import ClassReport, Row, StudentReport

__all__ = ["ClassReport", "Row", "StudentReport", "export_assignment", "grade"]
