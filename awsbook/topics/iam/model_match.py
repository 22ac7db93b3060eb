"""Patterns and values: the wildcards * and ?, the six parts of an ARN, and policy variables."""

from __future__ import annotations

import re
from dataclasses import dataclass

Context = dict[str, tuple[str, ...]]  # condition key in lower case -> values in the request; absent: not in it

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$")
_MANY, _ONE = object(), object()


@dataclass(frozen=True)
class Pattern:
    """A text with wildcards: letters stand for themselves, _MANY for any letters, _ONE for exactly one."""

    parts: tuple

    def matches(self, value: str) -> bool:
        """Whether the whole of `value` fits. Greedy, back to the latest * only: at most len(parts) * len(value)."""
        parts, i, j, star, mark = self.parts, 0, 0, -1, 0
        while j < len(value):
            if i < len(parts) and parts[i] is _MANY:
                star, mark = i, j
                i += 1
            elif i < len(parts) and (parts[i] is _ONE or parts[i] == value[j]):
                i, j = i + 1, j + 1
            elif star >= 0:
                mark += 1
                i, j = star + 1, mark
            else:
                return False
        return all(part is _MANY for part in parts[i:])


def wild(text: str) -> Pattern:
    """* and ? as wildcards, the rest as letters."""
    return Pattern(tuple(_MANY if letter == "*" else _ONE if letter == "?" else letter for letter in text))


def pattern(text: str, context: Context, variables: bool, wildcards: bool = True) -> Pattern | None:
    """The pattern that `text` of a policy stands for in one request; None if a variable has no value there.

    variables: the policy's Version is 2012-10-17, so ${aws:username} is replaced; otherwise it is plain letters.
    ${*}, ${?} and ${$} are the letters themselves, and ${key, 'other'} has a default. Rule: user guide, "IAM policy
    elements: Variables and tags". A wildcard that comes with a value is taken as a letter; the guide is silent there.
    """
    parts, at = [], 0

    def plain(piece):
        parts.extend(wild(piece).parts if wildcards else piece)

    for found in _VARIABLE.finditer(text) if variables else ():
        plain(text[at : found.start()])
        at = found.end()
        if found.group(1) in ("*", "?", "$"):
            parts.append(found.group(1))
            continue
        named = _DEFAULT.match(found.group(1))
        values = context.get(named.group(1).lower(), ()) if named else ()
        value = values[0] if len(values) == 1 else named.group(2) if named else None
        if value is None:
            return None
        parts.extend(value)
    plain(text[at:])
    return Pattern(tuple(parts))


def action_matches(written: str, action: str) -> bool:
    """Whether "s3:Get*" of a policy covers the action of a call. Case does not count."""
    return wild(written.lower()).matches(action.lower())


def arn_matches(written: str, arn: str, context: Context, variables: bool) -> bool:
    """The operator ArnLike, which ArnEquals equals: each of the six parts for itself, case-sensitive.

    So a * does not reach over a colon, as it would with StringLike.
    """
    written_parts, parts = written.split(":", 5), arn.split(":", 5)
    if len(written_parts) != 6 or len(parts) != 6:
        return False
    made = [pattern(one, context, variables) for one in _whole_variables(written)]
    return all(one is not None and one.matches(part) for one, part in zip(made, parts, strict=True))


def _whole_variables(written):
    """The six parts, not cut inside ${...}; the guide allows variables in the last part only."""
    parts, depth, current = [], 0, ""
    for i, letter in enumerate(written):
        depth += written.startswith("${", i) - (letter == "}" and depth > 0)
        if letter == ":" and not depth and len(parts) < 5:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [*parts, current, *[""] * (5 - len(parts))]


def resource_matches(written: str, arn: str, context: Context, variables: bool) -> bool:
    """Whether a Resource of a policy covers the ARN of a call. Case-sensitive; a * may reach over slashes."""
    made = pattern(written, context, variables)
    return made is not None and made.matches(arn)
