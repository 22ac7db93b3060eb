"""A small grammar for listener rules and requests, and the reasons for which a listener refuses a rule.

    10 host=shop.example.com path=/api/*,/v2/* -> forward api
    20 header:User-Agent=*Mobile* query:lang=de -> forward mobile:90 old:10
    30 path=/old/* -> redirect 301 path=/new
    40 method=TRACE ip=203.0.113.0/24 -> fixed 403
    default -> forward web

A request: `GET https://shop.example.com/api?x=1 from=198.51.100.7 User-Agent:curl`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

FIELDS = {
    "host": "host-header", "path": "path-pattern", "method": "http-request-method", "ip": "source-ip",
    "header": "http-header", "query": "query-string",
}  # fmt: skip
ONCE = ("host", "path", "method", "ip")
WILD = ("host", "path", "header", "query")
_HOST = re.compile(r"[A-Za-z0-9.*?-]+")
_PATH = re.compile(r"""[A-Za-z0-9_\-.$/~"'@:+&*?]+""")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Refused(ValueError):
    """What is wrong in line `line` (from 1)."""

    def __init__(self, line: int, why: str):
        super().__init__(f"line {line}: {why}")
        self.line = line


@dataclass(frozen=True)
class Limits:
    """values, wildcards: of one rule. length: characters of a value; name: of a header's or method's name."""

    priority: int
    rules: int
    values: int
    wildcards: int
    length: int
    name: int
    groups: int
    weight: int


@dataclass(frozen=True)
class Condition:
    """field: a key of FIELDS; key: the header's or the query's name, "" for none."""

    field: str
    key: str
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{self.field}{':' + self.key if self.key else ''}={','.join(self.values)}"


@dataclass(frozen=True)
class Action:
    """kind: forward, redirect or fixed; groups: (name, weight) pairs; code: the status; parts: what a redirect sets."""

    kind: str
    groups: tuple[tuple[str, int], ...] = ()
    code: int = 0
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rule:
    """priority: a number, or None for the default rule. line: where it stands."""

    line: int
    priority: int | None
    conditions: tuple[Condition, ...]
    action: Action

    @property
    def name(self) -> str:
        return "default" if self.priority is None else str(self.priority)


@dataclass(frozen=True)
class Request:
    line: int
    method: str
    protocol: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    source: str
    headers: tuple[tuple[str, str], ...]
    text: str


def _lines(text):
    return [(n, line.strip()) for n, line in enumerate(text.split("\n"), 1)
            if line.strip() and not line.strip().startswith("#")]  # fmt: skip


def read_rules(text: str, limits: Limits) -> tuple[Rule, ...]:
    """The rules in the order in which they are asked, the default last. Refused names the line and the reason."""
    rules = [_rule(line, words, limits) for line, words in _lines(text)]
    seen = set()
    for rule in rules:
        if rule.priority in seen:
            what = "a second default rule" if rule.priority is None else f"PriorityInUse: {rule.priority} is taken"
            raise Refused(rule.line, what)
        seen.add(rule.priority)
    if None not in seen:
        raise Refused(max(1, text.count("\n") + 1), "a listener needs a default rule: default -> forward web")
    if len(rules) - 1 > limits.rules:
        raise Refused(rules[-1].line, f"TooManyRules: more than {limits.rules} besides the default")
    return tuple(sorted(rules, key=lambda rule: float("inf") if rule.priority is None else rule.priority))


def _rule(line, text, limits):
    head, arrow, tail = text.partition("->")
    if not arrow:
        raise Refused(line, "no -> between conditions and action")
    name, *rest = head.split() or [""]
    if name == "default":
        if rest:
            raise Refused(line, "the default rule can't have conditions")
        return Rule(line, None, (), _action(line, tail.split(), limits))
    if not name.isascii() or not name.isdigit() or not 1 <= int(name) <= limits.priority:
        raise Refused(line, f"the priority {name[:20]!r} is no whole number from 1 to {limits.priority:,}")
    conditions = tuple(_condition(line, word, limits) for word in rest)
    if not conditions:
        raise Refused(line, "a rule needs a condition; only the default rule has none")
    for field in ONCE:
        if sum(c.field == field for c in conditions) > 1:
            raise Refused(line, f"up to one {FIELDS[field]} condition a rule; give it several values with commas")
    values = sum(len(c.values) for c in conditions)
    if values > limits.values:
        raise Refused(line, f"{values} condition values, and a rule takes {limits.values}")
    stars = sum(len(re.findall(r"(?<!\\)[*?]", v)) for c in conditions if c.field in WILD for v in c.values)
    if stars > limits.wildcards:
        raise Refused(line, f"{stars} wildcards, and a rule takes {limits.wildcards}")
    return Rule(line, int(name), conditions, _action(line, tail.split(), limits))


def _condition(line, word, limits):
    left, equals, right = word.partition("=")
    field, _, key = left.partition(":")
    if field not in FIELDS or not equals:
        raise Refused(line, f"{word[:30]!r} is no condition; there are {', '.join(FIELDS)}, as in path=/api/*")
    if key and field not in ("header", "query"):
        raise Refused(line, f"{FIELDS[field]} takes no name")
    values = tuple(right.split(","))
    for value in values:
        why = _bad_value(field, value, limits)
        if why:
            raise Refused(line, f"{FIELDS[field]}: {why}")
    if field == "header" and (why := _bad_header(key, limits)):
        raise Refused(line, why)
    return Condition(field, key, values)


def _bad_value(field, value, limits):
    if not value:
        return "the value for a condition can't be empty"
    if len(value) > (limits.name if field == "method" else limits.length):
        return f"a value is longer than {limits.name if field == 'method' else limits.length} characters"
    if field == "host" and (not _HOST.fullmatch(value) or "." not in value):
        return f"{value[:30]!r} needs at least one . and only A-Z a-z 0-9 - . * ?"
    if field == "host" and not value.rpartition(".")[2].isalpha():
        return f"{value[:30]!r}: only letters may follow the last ."
    if field == "path" and not _PATH.fullmatch(value):
        return f"{value[:30]!r} has a character that no path pattern takes"
    if field == "method" and not re.fullmatch(r"[A-Z_-]+", value):
        return f"{value[:30]!r}: only A-Z, - and _, and no wildcard"
    if field == "ip":
        return _bad_network(value)
    return ""


def _bad_network(value):
    try:
        ip_network(value)
    except ValueError:
        return f"{value[:30]!r} is no CIDR block such as 203.0.113.0/24"
    return "" if "/" in value else f"{value[:30]!r} needs its length, as in 203.0.113.7/32"


def _bad_header(name, limits):
    if not _TOKEN.fullmatch(name) or "*" in name:
        return f"http-header: {name[:30]!r} is no header name, as in header:User-Agent=*Mobile*"
    if len(name) > limits.name:
        return f"http-header: a name is longer than {limits.name} characters"
    return "http-header: for the host header use host=" if name.lower() == "host" else ""


def _action(line, words, limits):
    match words:
        case ["forward", *groups] if groups:
            return Action("forward", _groups(line, groups, limits))
        case ["redirect", "301" | "302" as code, *parts]:
            return Action("redirect", code=int(code), parts=_parts(line, parts))
        case ["redirect", *_]:
            raise Refused(line, "a redirect is 301 or 302: redirect 301 path=/new")
        case ["fixed", code] if re.fullmatch(r"[245][0-9][0-9]", code):
            return Action("fixed", code=int(code))
        case ["fixed", *_]:
            raise Refused(line, "a fixed response has one status, 2XX, 4XX or 5XX")
    raise Refused(line, "the action is forward GROUP, redirect 301 path=/new, or fixed 403")


def _groups(line, words, limits):
    groups = []
    for word in words:
        name, colon, weight = word.partition(":")
        if not re.fullmatch(r"[A-Za-z0-9-]{1,32}", name):
            raise Refused(line, f"{word[:30]!r} is no target group; a name has letters, digits and hyphens")
        if colon and not (weight.isascii() and weight.isdigit() and int(weight) <= limits.weight):
            raise Refused(line, f"the weight {weight[:10]!r} is no whole number from 0 to {limits.weight}")
        groups.append((name, int(weight) if colon else 1))
    if len(groups) > limits.groups:
        raise Refused(line, f"{len(groups)} target groups, and an action takes {limits.groups}")
    if not any(weight for _, weight in groups):
        raise Refused(line, "all weights are 0")
    return tuple(groups)


def _parts(line, words):
    parts = tuple(tuple(word.split("=", 1)) for word in words)
    for part in parts:
        if len(part) != 2 or part[0] not in ("protocol", "host", "port", "path", "query"):
            raise Refused(line, "a redirect sets protocol=, host=, port=, path= or query=")
    kept = {"protocol": "#{protocol}", "host": "#{host}", "port": "#{port}", "path": "/#{path}"}
    if all(name == "query" or value == kept[name] for name, value in parts):
        raise Refused(line, "a redirect must change protocol, host, port or path, or it would loop")
    for name, value in parts:
        if name == "protocol" and value not in ("HTTPS", "#{protocol}"):
            raise Refused(line, "this listener speaks HTTPS, and you can't redirect HTTPS to HTTP")
        if name == "path" and not value.startswith("/"):
            raise Refused(line, "a redirect's path begins with /")
    return parts


def read_requests(text: str) -> tuple[Request, ...]:
    """Refused names the line and the reason."""
    found = tuple(_request(line, words) for line, words in _lines(text))
    if not found:
        raise Refused(1, "no request: GET https://shop.example.com/")
    return found


def _request(line, text):
    words = text.split()
    url = re.fullmatch(r"(https?)://([^/?#:\s]+)(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?", words[1]) if len(words) > 1 else None
    if not url or not re.fullmatch(r"[A-Z_-]+", words[0]):
        raise Refused(line, "a request is GET https://name/path, then from=ADDRESS or Name:value")
    source, headers = "192.0.2.10", []
    for word in words[2:]:
        name, colon, value = word.partition(":")
        if word.startswith("from="):
            source = word[5:]
        elif colon and _TOKEN.fullmatch(name):
            headers.append((name, value))
        else:
            raise Refused(line, f"{word[:30]!r} is neither from=ADDRESS nor Name:value")
    try:
        ip_address(source)
    except ValueError:
        raise Refused(line, f"{source[:30]!r} is no address") from None
    pairs = tuple(pair.partition("=")[::2] for pair in (url[4] or "").split("&") if pair)
    return Request(line, words[0], url[1], url[2], url[3] or "/", pairs, source, tuple(headers), text)
