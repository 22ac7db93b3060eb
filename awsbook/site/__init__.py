"""The Sphinx extension that makes the pages, and in static/ what runs in the reader's browser."""


def setup(app):
    from . import assets, ledgers, lessons, policy, prose, roles, tag

    for part in (tag, roles, lessons, ledgers, prose, assets, policy):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
