"""The local server's command: what it says when it cannot serve, and which address it names."""

from __future__ import annotations

import socket

import pytest

import serve


@pytest.fixture
def book(tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html>", encoding="utf-8")
    return str(tmp_path)


def said(*arguments) -> str:
    with pytest.raises(SystemExit) as end:
        serve.main(arguments)
    return str(end.value)


def test_a_taken_port_is_said_with_the_way_out(book):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        message = said(book, str(port))
    assert f"port {port} is taken" in message
    assert f"make book PORT={port + 1}" in message
    assert f"tools/serve.py {book} {port + 1}" in message


@pytest.mark.parametrize("port", ["abc", "65536", "-1"])
def test_what_is_no_port_is_said(book, port, capsys):
    said(book, port)
    assert f"{port}: a port is a whole number from 0 (any free one) to 65535" in capsys.readouterr().err


def test_where_nothing_is_built_the_folder_is_named_and_no_port_is_blamed(tmp_path):
    message = said(str(tmp_path / "only" / "html"), "0")
    assert str(tmp_path / "only" / "html") in message
    assert "tools/build.py" in message
    assert "port" not in message


def test_port_0_names_the_port_it_found(book, monkeypatch, capsys):
    monkeypatch.setattr(serve.Server, "serve_forever", lambda self: self.server_close())
    serve.main([book, "0"])
    assert ":0 " not in capsys.readouterr().out


def test_ctrl_c_ends_it_quietly(book, monkeypatch, capsys):
    def stopped(self):
        self.server_close()
        raise KeyboardInterrupt

    monkeypatch.setattr(serve.Server, "serve_forever", stopped)
    serve.main([book, "0"])
    assert capsys.readouterr().out.splitlines()[-1] == "book: stopped"
