"""The sandbox: an AWS that lives in this process, with a seed, a clock of its own and no way out.

    lab = open_sandbox()
    kinesis = boto3.client("kinesis")     # exactly what one would type against AWS
    lab.clock.advance(60)
    lab.stop()                            # or nothing: it stops itself when the kernel ends

A lab whose AWS is a server of its own opens it with `mocked=False`: such a server keeps real time.

Running `open_sandbox()` again closes the old world and opens a fresh one. The guard and the environment of
`open_sandbox` stay until the kernel ends, also after `stop()`: a cell run too late reaches no real account.
"""

from __future__ import annotations

import atexit
import os
import random
from contextlib import ExitStack, contextmanager
from functools import cache

from awsbook.lab.clock import Clock
from awsbook.lab.guard import guarded, raise_guard

REGION = "us-east-1"
_TAKEN_AWAY = ("AWS_", "BOTO")  # whatever a person may have set up for a real account
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_current: Sandbox | None = None  # environment, clock and mock belong to the process: one sandbox at a time


class Sandbox:
    """One world: environment, guard, clock, mock and seeds; opened by `start`, closed by `stop` or `with`.

    mocked: False leaves out the mock, its seeds and the clock, which would give a server's requests a wrong date.
    """

    def __init__(self, *, begins: str = "2026-03-02T09:00:00+00:00", seed: int = 42, mocked: bool = True):
        self.clock = Clock(begins)
        self.seed, self.mocked = seed, mocked
        self._open = ExitStack()

    def start(self) -> Sandbox:
        """Opens a fresh world. Another sandbox that is open is closed first."""
        global _current
        if _current is not None:
            _current.stop()
        _current = self
        try:
            self._open.enter_context(guarded())  # first: it looks up the proxies that the environment then hides
            self._open.enter_context(environment(lab_environment(os.environ)))
            if self.mocked:
                self._open.enter_context(_running(self.clock))
                self._open.enter_context(_mocked_aws())
                self._open.enter_context(_seeded(self.seed))
        except BaseException:
            self.stop()
            raise
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Closes the world and gives back what it changed; harmless when it is closed already."""
        global _current
        if _current is self:
            _current = None
        atexit.unregister(self.stop)
        self._open.close()

    def use(self, context):
        """Enters `context` now and leaves it when the sandbox stops; returns what it yields."""
        if _current is not self:
            raise RuntimeError("the sandbox is closed: call start() or open_sandbox() first")
        return self._open.enter_context(context)

    def client(self, service: str, **settings):
        """A boto3 client of this world; the same as `boto3.client(service)` while the sandbox is open."""
        if _current is not self:
            raise RuntimeError(f"the sandbox is closed: no {service} client without start() or open_sandbox()")
        import boto3

        return boto3.client(service, **settings)

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()


@cache
def stay_on_this_machine() -> None:
    """Raises a guard that nothing lowers, and hides every real account, once in the life of this process."""
    raise_guard(for_good=True)
    _change(lab_environment(os.environ))


def open_sandbox(**settings) -> Sandbox:
    """A started sandbox, for the first cell of a notebook. Settings: those of `Sandbox`."""
    stay_on_this_machine()
    return Sandbox(**settings).start()


def lab_environment(real: dict[str, str]) -> dict[str, str]:
    """The environment of a lab: `real` without any account, profile, endpoint or proxy, with the lab's own keys."""
    kept = {
        name: value
        for name, value in real.items()
        if not name.upper().startswith(_TAKEN_AWAY) and name.upper() not in _PROXIES
    }
    return kept | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # moto does not know host names that carry an account
    }


@contextmanager
def environment(wanted: dict[str, str]):
    """os.environ as `wanted`; afterwards every name that this changed is as it was, and no other is touched."""
    before = _change(wanted)
    try:
        yield
    finally:
        _set(before)


def _change(wanted):
    """Makes os.environ as `wanted`; what each name that changed was before, None where there was none."""
    names = set(os.environ) | set(wanted)
    before = {name: os.environ.get(name) for name in names if os.environ.get(name) != wanted.get(name)}
    _set({name: wanted.get(name) for name in before})
    return before


def _set(values):
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _running(clock):
    clock.start()
    try:
        yield
    finally:
        clock.stop()


@contextmanager
def _mocked_aws():
    from moto import mock_aws

    # moto would put keys of its own into the environment, which already holds the lab's
    with mock_aws(config={"core": {"mock_credentials": False}}):
        yield


@contextmanager
def _seeded(seed):
    """The same ids from moto and the same waits from boto3 in every run."""
    import requests

    before = random.getstate()
    random.seed(seed)  # boto3 draws the length of its waits from here
    requests.post(f"http://motoapi.amazonaws.com/moto-api/seed?a={seed}").raise_for_status()
    try:
        yield
    finally:
        random.setstate(before)
