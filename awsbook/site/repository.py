"""Where the book's repository is, from one setting, and everything that hangs on it.

`awsbook_repository` in _config.yml, or in GitHub's CI the address that the CI itself states. While there is none,
the edit link, the launch buttons and the Binder link are absent, and the build says so.
"""

from __future__ import annotations

import os
from urllib.parse import urlparse

from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .tag import link, tag, text

log = logging.getLogger(__name__)


def address(configured: str, environment) -> str:
    """The repository's address, or "". ValueError if what is configured is no https address."""
    if configured:
        if not configured.startswith("https://"):
            raise ValueError(f"awsbook_repository is {configured!r}; it takes an https address or nothing")
        return configured.rstrip("/")
    if environment.get("GITHUB_REPOSITORY"):
        return f"{environment['GITHUB_SERVER_URL']}/{environment['GITHUB_REPOSITORY']}"
    return ""


def binder(repository: str, path: str) -> str:
    """The address that opens `path` in Binder, or "" where Binder does not reach the repository."""
    host = urlparse(repository)
    if host.netloc != "github.com":
        return ""
    return f"https://mybinder.org/v2/gh{host.path}/main?urlpath=lab/tree/{path}"


def configure(app, config):
    where = address(config.awsbook_repository, os.environ)
    config.awsbook_repository = where
    if not where:
        log.info("repository: no address set (awsbook_repository), so no edit link, launch buttons or Binder link")
        return
    options = config.html_theme_options
    options.update(repository_url=where, use_edit_page_button=True, use_repository_button=True)
    options.update(path_to_docs="", repository_branch="main")
    if binder(where, ""):
        options["launch_buttons"] = {
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        }


class Binder(SphinxDirective):
    """```{binder} labs```: one line that says how to open a folder's notebooks: in Binder, or on this machine."""

    required_arguments = 1

    def run(self):
        to = binder(self.config.awsbook_repository, self.arguments[0])
        here = "On your own machine, type make labs in a clone of the book."
        if not to:
            return [tag("p", {}, text(here))]
        return [tag("p", {}, link("Open the labs in Binder", to), text(f" (a minute or two to start). {here}"))]


def setup(app):
    app.add_config_value("awsbook_repository", "", "html", [str])
    app.connect("config-inited", configure, priority=700)
    app.add_directive("binder", Binder)
