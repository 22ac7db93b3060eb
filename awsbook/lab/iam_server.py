"""Runs MiniStack with IAM enforced, on one port of this machine: `python iam_server.py PORT`.

Imported by nobody: `iam_engine.py` starts it by its path. It stands behind a guard of its own, because the guard of
the notebook does not reach into another process.
"""

import asyncio
import os
import sys
from pathlib import Path

SETTINGS = {
    "AUTH": "true",  # without it every key may do everything
    "BIND_HOST": "127.0.0.1",
    "MINISTACK_ACCOUNT_ID": "123456789012",
    "SERVICES": "iam,sts,s3",
    "IOT_MTLS_ENABLED": "0",  # it would listen on a port of its own, 8883
    "SFTP_ENABLED": "0",
    "DOCKER_HOST": "unix:///nowhere",  # at its start it removes containers that other MiniStacks left: not here
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "LOCALSTACK_PERSISTENCE": "0",
    "USE_SSL": "0",
    "LOG_LEVEL": "WARNING",
}


def serve(port):
    """Answers on the port until it is told to end."""
    from awsbook.lab.guard import raise_guard

    os.environ.update(SETTINGS, GATEWAY_PORT=str(port))
    raise_guard()
    from hypercorn.asyncio import serve as answer
    from hypercorn.config import Config
    from ministack.app import app  # reads its settings as it is imported

    config = Config()
    config.bind = [f"{SETTINGS['BIND_HOST']}:{port}"]
    config.loglevel = SETTINGS["LOG_LEVEL"]
    config.graceful_timeout = 0  # a client that keeps its connection does not hold it up
    asyncio.run(answer(app, config))


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])  # not this folder, whose modules have names that others use too
    serve(int(sys.argv[1]))
