"""The picture that stands on a page before any script runs: a figure as SVG, where Plotly will draw it."""

from .axes import PosterError
from .draw import poster

__all__ = ["PosterError", "poster"]
