"""JSON that remembers its lines: each value with the lines it stands on, each error with the line of its cause."""

from __future__ import annotations

import bisect
import json
import math
from dataclasses import dataclass

_SPACE = " \t\n\r"
_DECODER = json.JSONDecoder()
_NESTED = 20  # deeper than any policy; keeps a pasted "[[[[..." from exhausting the stack


class PolicyError(ValueError):
    """What is wrong with a policy, and the line where it is, counted from 1."""

    def __init__(self, line: int, reason: str):
        super().__init__(f"line {line}: {reason}")
        self.line, self.reason = line, reason


@dataclass(frozen=True)
class Node:
    """A JSON value and its lines. value: dict of name to Node, list of Nodes, or a plain str, int, float, bool, None.

    first, last: the lines it stands on, from 1; for a member of an object, from the line of its name on.
    """

    value: object
    first: int
    last: int


def read(text: str) -> Node:
    """The JSON value in `text`. PolicyError names the line. Unlike `json`, it refuses a name that comes twice."""
    reader = _Reader(text)
    at = reader.skip(0)
    if at == len(text):
        raise PolicyError(1, "there is nothing here")
    node, at = reader.value(at, 0)
    at = reader.skip(at)
    if at < len(text):
        raise reader.error(at, f"{text[at]!r} stands after the end of the policy")
    return node


class _Reader:
    def __init__(self, text):
        self.text = text
        self._breaks = [i for i, letter in enumerate(text) if letter == "\n"]

    def line(self, at):
        return bisect.bisect_left(self._breaks, at) + 1

    def error(self, at, reason):
        return PolicyError(self.line(min(at, max(0, len(self.text) - 1))), reason)

    def skip(self, at):
        while at < len(self.text) and self.text[at] in _SPACE:
            at += 1
        return at

    def value(self, at, depth):
        if depth > _NESTED:
            raise self.error(at, "nested too deeply for a policy")
        if at >= len(self.text):
            raise self.error(at, "the text ends where a value should stand")
        match self.text[at]:
            case "{":
                return self._object(at, depth)
            case "[":
                return self._array(at, depth)
        try:
            plain, end = _DECODER.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            raise self.error(error.pos, _why(self.text, at)) from None
        if isinstance(plain, float) and not math.isfinite(plain):  # NaN and Infinity, which Python takes
            raise self.error(at, _why(self.text, at))
        return Node(plain, self.line(at), self.line(end - 1)), end

    def _array(self, at, depth):
        start, items = at, []
        at = self.skip(at + 1)
        while not self.text.startswith("]", at):
            node, at = self.value(at, depth + 1)
            items.append(node)
            at = self._after(at, "]", "list")
        return Node(items, self.line(start), self.line(at)), at + 1

    def _object(self, at, depth):
        start, members = at, {}
        at = self.skip(at + 1)
        while not self.text.startswith("}", at):
            begins = self.line(at)
            if not self.text.startswith('"', at):
                raise self.error(at, "a name in double quotes must stand here")
            name, at = self.value(at, depth + 1)
            at = self.skip(at)
            if not self.text.startswith(":", at):
                raise self.error(at, f'a colon is missing after "{name.value}"')
            node, at = self.value(self.skip(at + 1), depth + 1)
            if name.value in members:
                raise PolicyError(begins, f'"{name.value}" stands twice in the same braces')
            members[name.value] = Node(node.value, begins, node.last)
            at = self._after(at, "}", "braces")
        return Node(members, self.line(start), self.line(at)), at + 1

    def _after(self, at, closing, of_what):
        """Past the comma to the next element, or at the closing mark."""
        ended, at = at, self.skip(at)
        if self.text.startswith(closing, at):
            return at
        if not self.text.startswith(",", at):
            raise self.error(ended - 1, f"a comma or the closing {closing} of the {of_what} is missing after this")
        comma, at = at, self.skip(at + 1)
        if self.text.startswith(closing, at):
            raise self.error(comma, f"nothing follows the comma before {closing}: take it away")
        return at


def _why(text, at):
    if text[at] == '"':
        return "this text has no closing quotation mark, or a character that JSON does not take"
    if text[at] == "'":
        return "JSON takes double quotes, not single ones"
    return "this is no JSON value: a text in double quotes, a number, true, false, { or ["
