"""The Sphinx extension that makes the pages, and in static/ what runs in the reader's browser."""


def setup(app):
    from . import assets, hasten, ledgers, lessons, nearby, policy, prose, repository, roles, tag, trim

    for part in (tag, repository, roles, lessons, ledgers, prose, assets, nearby, trim, hasten, policy):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
