"""AWS by Experiment: the Python behind the pages."""

__version__ = "0.1.0"
