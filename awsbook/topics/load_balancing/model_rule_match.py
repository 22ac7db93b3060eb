"""Which listener rule answers a request, and what it does with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network

from .model_rule_grammar import Action, Condition, Request, Rule


@lru_cache(maxsize=512)
def _pattern(glob: str, cased: bool) -> re.Pattern:
    """`*`: any characters, also none; `?`: exactly one; a backslash takes that meaning away.

    What stands between two stars is found once, as far left as it goes (an atomic group), so no pattern is slow.
    """
    spans = [""]
    for mark in re.findall(r"\\[*?]|.", glob, re.S):
        if mark == "*":
            spans.append("")
        else:
            spans[-1] += "." if mark == "?" else re.escape(mark[-1] if len(mark) == 2 else mark)
    first, *inner = spans
    text = first + "".join(f"(?>.*?{span})" for span in inner[:-1]) + (".*" + inner[-1] if inner else "")
    return re.compile(text, re.S if cased else re.S | re.I)


def fits(glob: str, value: str, cased: bool = False) -> bool:
    """Whether the whole value fits the pattern."""
    return _pattern(glob, cased).fullmatch(value) is not None


def holds(condition: Condition, request: Request) -> bool:
    """Whether one of the condition's values fits the request.

    Rule: API reference, the ...ConditionConfig types: host, header and query are not case-sensitive, path and method
    are; a path pattern sees no query; source-ip is who connects, not what X-Forwarded-For says.
    Leaves out: percent-encoding, regular expressions.
    """
    return any(_one(condition, value, request) for value in condition.values)


def _one(condition, value, request):
    match condition.field:
        case "host":
            return fits(value, request.host)
        case "path":
            return fits(value, request.path, cased=True)
        case "method":
            return value == request.method
        case "header":
            return any(fits(value, said) for name, said in request.headers if name.lower() == condition.key.lower())
        case "query":
            pairs = request.query
            return any(fits(value, said) and (not condition.key or fits(condition.key, key)) for key, said in pairs)
        case "ip":
            address, block = ip_address(request.source), ip_network(value)
            return address.version == block.version and address in block
    raise ValueError(f"unknown field {condition.field!r}")


@dataclass(frozen=True)
class Asked:
    """One rule that was asked. failed: its first condition that does not hold, or None: this rule decided."""

    rule: Rule
    failed: Condition | None


def route(rules: tuple[Rule, ...], request: Request) -> tuple[Asked, ...]:
    """The rules asked, in order; the last one decided, and nobody asks those after it."""
    asked = []
    for rule in rules:
        asked.append(Asked(rule, next((c for c in rule.conditions if not holds(c, request)), None)))
        if asked[-1].failed is None:
            return tuple(asked)
    raise ValueError("no default rule")


def shares(action: Action) -> tuple[tuple[str, float], ...]:
    """Each target group's share of the requests, by weight."""
    whole = sum(weight for _, weight in action.groups)
    return tuple((name, weight / whole) for name, weight in action.groups)


def location(action: Action, request: Request) -> str:
    """Where a redirect sends: parts that it does not set stay as they were.

    Keywords such as #{path} stand for the request's own part; #{path} is without its first slash.
    """
    own = {"protocol": request.protocol.upper(), "host": request.host, "port": "443", "path": request.path[1:],
           "query": "&".join(f"{k}={v}" for k, v in request.query)}  # fmt: skip
    said = {"protocol": "#{protocol}", "host": "#{host}", "port": "#{port}", "path": "/#{path}", "query": "#{query}"}
    said |= dict(action.parts)
    made = {name: re.sub(r"#\{(\w+)\}", lambda m: own.get(m[1], m[0]), value) for name, value in said.items()}
    port = "" if made["port"] == "443" else f":{made['port']}"
    return f"{made['protocol'].lower()}://{made['host']}{port}{made['path']}" + (made["query"] and "?" + made["query"])
