"""The lessons as a web site."""

from vislearn.course.site.building import build_site

__all__ = ["build_site"]
