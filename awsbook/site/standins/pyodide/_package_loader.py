"""In the place of Pyodide's own, which unpacks wheels and imports zipfile, shutil and their like. Pages load none."""


class Folder:
    """Pyodide asks for its `__str__`."""

    def __init__(self, path):
        self.path = path

    def __str__(self):
        return self.path


SITE_PACKAGES = Folder("/lib/python3.14/site-packages")
DSO_DIR = Folder("/usr/lib")


def init_loaded_packages():
    """There are none."""
