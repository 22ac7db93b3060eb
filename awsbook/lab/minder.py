"""Runs one program, and ends it as soon as this process's own input closes.

The lab starts this in between, because a kernel that is killed cannot tidy up: but its pipes close, on every system.
Standard library only, and imported by nobody: `engines.py` starts it by its path.
"""

import os
import subprocess
import sys
import threading

PATIENCE_S = 3  # what a program gets to end politely


def mind(command):
    """The exit code of `command`, which ends by itself or when standard input ends."""
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_input, args=[program], daemon=True).start()
    return program.wait()


def _end_with_input(program):
    while os.read(0, 4096):  # not sys.stdin: the interpreter, when it ends, would wait for that one's lock and abort
        pass
    program.terminate()
    try:
        program.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        program.kill()


if __name__ == "__main__":
    sys.exit(mind(sys.argv[1:]))
