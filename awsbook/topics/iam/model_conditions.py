"""One condition of a statement against one request: operators, IfExists, Null and the set operators."""

from __future__ import annotations

import datetime
import ipaddress
import operator
from dataclasses import dataclass

from .model_match import Context, arn_matches, pattern

_COMPARE = {
    "Equals": operator.eq,
    "LessThan": operator.lt, "LessThanEquals": operator.le,
    "GreaterThan": operator.gt, "GreaterThanEquals": operator.ge,
}  # fmt: skip
# operator -> (kind of value, the operator that it negates or None)
OPERATORS = {
    **{f"String{name}": ("string", None) for name in ("Equals", "EqualsIgnoreCase", "Like")},
    **{f"StringNot{name}": ("string", f"String{name}") for name in ("Equals", "EqualsIgnoreCase", "Like")},
    **{f"{kind}{name}": (kind.lower(), None) for kind in ("Numeric", "Date") for name in _COMPARE},
    **{f"{kind}NotEquals": (kind.lower(), f"{kind}Equals") for kind in ("Numeric", "Date")},
    "Bool": ("bool", None),
    "BinaryEquals": ("binary", None),
    "IpAddress": ("ip", None),
    "NotIpAddress": ("ip", "IpAddress"),
    "ArnEquals": ("arn", None), "ArnLike": ("arn", None),
    "ArnNotEquals": ("arn", "ArnEquals"), "ArnNotLike": ("arn", "ArnLike"),
    "Null": ("null", None),
}  # fmt: skip
SETS = ("ForAllValues", "ForAnyValue")


@dataclass(frozen=True)
class Condition:
    """One key under one operator. quantifier: "", "ForAllValues" or "ForAnyValue"; values: as the policy writes them.

    first, last: its lines in the policy.
    """

    quantifier: str
    name: str  # of OPERATORS
    if_exists: bool
    key: str
    values: tuple[str, ...]
    first: int = 0
    last: int = 0

    @property
    def operator(self) -> str:
        return f"{self.quantifier + ':' if self.quantifier else ''}{self.name}{'IfExists' if self.if_exists else ''}"


def operator_parts(written: str) -> tuple[str, str, bool] | None:
    """("ForAnyValue", "StringLike", True) of "ForAnyValue:StringLikeIfExists"; None if AWS has no such operator."""
    quantifier, colon, rest = written.rpartition(":")
    if colon and quantifier not in SETS:
        return None
    if_exists = rest.endswith("IfExists")
    name = rest.removesuffix("IfExists")
    if name not in OPERATORS or (name == "Null" and (if_exists or quantifier)):
        return None
    return quantifier, name, if_exists


def holds(condition: Condition, context: Context, variables: bool) -> bool:
    """Whether the condition is met. variables: see `model_match.pattern`.

    Rules: user guide, "Condition operators" and "Set operators for multivalued context keys". A key that is not in
    the request meets Null true, ...IfExists, a negated operator and ForAllValues, and nothing else; an empty set of
    values counts as not there. Leaves out: what AWS does with several values of a key and no set operator, which it
    asks you not to write; here one match is enough, and one match spoils a negated operator.
    """
    present = tuple(value for value in context.get(condition.key.lower(), ()) if value is not None)
    if condition.name == "Null":
        return (not present) == (condition.values[0].lower() == "true")
    negated = OPERATORS[condition.name][1]
    if not present:
        missing_is_met = condition.if_exists or condition.quantifier == "ForAllValues"
        return missing_is_met or (negated is not None and not condition.quantifier)
    name = negated or condition.name
    hits = [any(matches(name, written, value, context, variables) for written in condition.values) for value in present]
    met = [not hit for hit in hits] if negated else hits
    if condition.quantifier:
        return all(met) if condition.quantifier == "ForAllValues" else any(met)
    return all(met) if negated else any(met)


def matches(name: str, written: str, value: str, context: Context, variables: bool) -> bool:
    """One value of the policy against one of the request, for an operator that negates nothing.

    A value of the request that cannot be read as what the operator compares does not match.
    """
    kind = OPERATORS[name][0]
    if kind == "string":
        return _string(name, written, value, context, variables)
    if kind == "arn":
        return arn_matches(written, value, context, variables)
    if kind == "bool":
        return written.lower() == value.lower()
    if kind == "binary":
        return written == value
    left, right = READ[kind](value), READ[kind](written)
    if left is None or right is None:
        return False
    if kind == "ip":
        return left.version == right.version and left.subnet_of(right)
    return _COMPARE[name.removeprefix("Numeric").removeprefix("Date")](left, right)


def _string(name, written, value, context, variables):
    made = pattern(written, context, variables, wildcards=name == "StringLike")
    if made is None:
        return False
    if name == "StringEqualsIgnoreCase":
        return "".join(made.parts).lower() == value.lower()
    return made.matches(value)


def _number(text):
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text):
    """Seconds since 1970, of an ISO 8601 date or of a number."""
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def _network(text):
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


READ = {"numeric": _number, "date": _moment, "ip": _network}
