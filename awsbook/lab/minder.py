"""Runs one program, and ends it as soon as this process's own input closes.

The lab starts this in between, because a kernel that is killed cannot tidy up: but its pipes close, on every system.
A kernel that stops a program itself says a last word first; without it, the program's folder is removed too.
Standard library only, and imported by nobody: `engines.py` starts it by its path.
"""

import os
import shutil
import subprocess
import sys
import threading
import time

PATIENCE_S = 3  # what a program gets to end politely


def mind(room, command):
    """The exit code of `command`, which ends by itself or when standard input ends. room: its folder, or ""."""
    orphaned = threading.Event()
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_input, args=[program, orphaned], daemon=True).start()
    code = program.wait()
    if room and orphaned.is_set():
        _remove(room)
    return code


def _end_with_input(program, orphaned):
    last_word = b""
    while heard := os.read(0, 4096):  # not sys.stdin: the interpreter, when it ends, would wait for its lock and abort
        last_word += heard
    if not last_word:
        orphaned.set()
    program.terminate()
    try:
        program.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        program.kill()


def _remove(room):
    for _ in range(30):  # a program that was killed may have children that still write
        shutil.rmtree(room, ignore_errors=True)
        if not os.path.exists(room):
            return
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(mind(sys.argv[1], sys.argv[2:]))
