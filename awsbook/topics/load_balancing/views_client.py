"""The explorables about what the load balancer reads: rules, the name in the handshake, the client's address."""

from __future__ import annotations

from awsbook.explore import Choice, Goal, Slider, Table, Text, Toggle, View, explorable, words
from awsbook.explore.controls import ControlError
from awsbook.facts import fact

from . import model_forwarded as forward_model
from . import model_sni as sni_model
from . import pictures_client as pictures
from .model_rule_grammar import FIELDS, Limits, Refused, read_requests, read_rules
from .model_rule_match import location, route, shares


def number(key):
    return fact(f"load-balancing.{key}").value


# --- listener rules

LIMITS = Limits(
    number("rules.priority"), number("rules.most"), number("rules.values"), number("rules.wildcards"),
    number("rules.length"), number("rules.name"), number("rules.groups"), number("rules.weight"),
)  # fmt: skip
RULES = """\
10 host=shop.example.com -> forward web
20 host=*.example.com path=/api/* -> forward api
30 path=/old/* -> redirect 301 path=/
40 query:coupon=* -> fixed 403
50 ip=198.51.100.0/24 -> forward partner
60 header:User-Agent=*Mobile* -> forward web:9 beta:1
default -> forward web"""
REQUESTS = """\
GET https://shop.example.com/api/orders
GET https://m.example.com/api/orders
POST https://SHOP.example.com/cart?coupon=SUMMER
GET https://example.com/old/shoes?size=42
GET https://m.example.com/API/orders from=198.51.100.7
GET https://example.com/ User-Agent:Mobile/7"""
MOST_REQUESTS = 12


def _does(action, request):
    """What the load balancer does with the request, in words."""
    if action.kind == "fixed":
        return f"answers {action.code} itself"
    if action.kind == "redirect":
        return f"{action.code} to {location(action, request)}"
    parts = shares(action)
    if len(parts) == 1:
        return f"to group {parts[0][0]}"
    return "to " + ", ".join(f"{name} {words.percent(share)}" for name, share in parts)


def _brief(rule):
    action = rule.action
    does = "+".join(name for name, _ in action.groups) if action.kind == "forward" else str(action.code)
    return f"{rule.name}  {' '.join(c.text for c in rule.conditions) or 'anything'} → {does}"


def _why(asked, request):
    failed = asked.failed
    if failed is None:
        return "decides" if asked.rule.conditions else "decides, since no other did"
    own = {"host": request.host, "path": request.path, "method": request.method, "ip": request.source}
    if failed.field in own:
        return f"no: {failed.field} is {own[failed.field]}"
    pairs = request.headers if failed.field == "header" else request.query
    found = [value for key, value in pairs if not failed.key or key.lower() == failed.key.lower()]
    return f"no: {failed.key or 'query'} is {found[0]}" if found else f"no: there is no {failed.key or 'query'}"


@explorable(
    "Which rule answers?",
    rules=Text("Rules of the listener, HTTPS on port 443", RULES, max_chars=2500, rows=8, lines=True),
    requests=Text("Requests, one a line", REQUESTS, max_chars=2000, rows=7, lines=True),
    which=Slider("Follow request", 1, min=1, max=MOST_REQUESTS),
)
def rules(rules, requests, which):
    try:
        listed = read_rules(rules, LIMITS)
    except Refused as why:
        raise ControlError(str(why), control="rules", line=why.line) from None
    try:
        asked_for = read_requests(requests)
        if len(asked_for) > MOST_REQUESTS:
            raise Refused(asked_for[MOST_REQUESTS].line, f"this page follows {MOST_REQUESTS} requests")
    except Refused as why:
        raise ControlError(str(why), control="requests", line=why.line) from None
    ways = [route(listed, request) for request in asked_for]
    which = min(which, len(ways))
    request, way = asked_for[which - 1], ways[which - 1]
    decided = way[-1].rule
    rows = tuple(
        (
            str(n),
            way[-1].rule.name,
            _does(way[-1].rule.action, one),
            str(len(way)),
            f"{one.method} {one.host}{one.path}",
        )
        for n, (one, way) in enumerate(zip(asked_for, ways, strict=True), 1)
    )
    fields = {c.field for way in ways for c in way[-1].rule.conditions}
    deciders = {way[-1].rule.name for way in ways}
    to_api = [n for n, one in enumerate(asked_for) if one.path.startswith("/api/") and one.host == "shop.example.com"]
    reached = all(("api", 1) in ways[n][-1].rule.action.groups for n in to_api)
    return View(
        pictures.walk(f"{which}: {request.text}", way, [_brief(rule) for rule in listed],
                      [_why(one, request) for one in way], _does(decided.action, request)),
        f"Request {which}: {words.plural(len(way), 'rule is', 'rules are')} asked, and "
        f"{'the default rule' if decided.priority is None else f'rule {decided.priority}'}, line {decided.line}, "
        f"decides: {_does(decided.action, request)}.",
        Table(("No.", "Rule", "The load balancer", "Asked", "Request"), rows),
        (
            Goal("Bring shop.example.com/api/orders to the group api", bool(to_api) and reached),
            Goal("Let every rule decide a request, the default too, with six rules or more",
                 len(listed) >= 6 and len(deciders) == len(listed)),
            Goal("Let requests be decided by all six kinds of condition", fields == set(FIELDS)),
        ),
        lines={"rules": (decided.line, decided.line), "requests": (request.line, request.line)},
    )  # fmt: skip


# --- certificates

CERTIFICATES = """\
example.com,www.example.com RSA-2048 90
shop.example.com RSA-2048 300
*.example.com EC-256 90
boots.example.net,*.boots.example.net RSA-4096 200"""


@explorable(
    "Which certificate answers?",
    certificates=Text("Certificates: names, key, days. First: default", CERTIFICATES, max_chars=2000, rows=5,
                      lines=True),
    name=Text("The client wants", "shop.example.com", max_chars=80),
    sends=Toggle("The client sends the name (SNI)", True),
    ec=Toggle("The client takes EC keys", True),
)  # fmt: skip
def sni(certificates, name, sends, ec):
    name = name.strip()
    if not sni_model.NAME.fullmatch(name) or "*" in name:
        raise ControlError(f"{name[:40]!r} is no host name such as shop.example.com", control="name")
    try:
        listed = sni_model.read(certificates, number("sni.certificates"))
    except sni_model.BadLine as why:
        raise ControlError(str(why), control="certificates", line=why.line) from None
    shown = sni_model.show(listed, name, sends, ec)
    best = shown.certificate
    rows, drawn = [], []
    for n, one in enumerate(listed):
        fits = one in shown.matches if n else sni_model.covers(one, name)
        mark = "shown" if one is best else "fits" if one in shown.matches else "no"
        place = "default" if n == 0 else f"{n} of the list"
        note = "shown" if mark == "shown" else "fits too" if mark == "fits" else "not chosen"
        drawn.append((f"{','.join(one.names)}  {one.key}", mark, f"{place}: {note}"))
        rows.append((place, note, "yes" if fits else "no", one.key, str(one.days), ", ".join(one.names)))
    if best is None:
        end, good, said = "handshake fails: no common key", False, "No certificate has a key that the client takes"
    elif shown.fits:
        end, good, said = "the client is content", True, f"The listener shows {best.names[0]}, {best.key}"
    else:
        end, good, said = "name error at the client", False, f"The listener shows {best.names[0]}, {best.key}"
    why = "the client sent no name" if not sends else f"{len(shown.matches)} of the list fit {name}"
    exact = any(name.lower() in one.names for one in listed)
    return View(
        pictures.certificates(f"wants {name}, {'says so' if sends else 'does not say so'}", drawn, end, good),
        f"{said}: {why}. The end: {end}.",
        Table(("Certificate", "Result", "Fits", "Key", "Days", "Names"),
              (*rows, ("end", end, str(len(shown.matches)), "", "", ""))),
        (
            Goal("Get a name error although a certificate has exactly this name",
                 exact and bool(best) and not shown.fits),
            Goal("Bring a.shop.example.com under a wildcard, so that the client is content",
                 name.lower() == "a.shop.example.com" and bool(best) and shown.fits and name.lower() not in best.names),
            Goal("Have an RSA certificate chosen although an EC one fits the name",
                 bool(best) and shown.fits and best.kind == "RSA" and any(m.kind == "EC" for m in shown.matches)),
            Goal("Make the handshake itself fail", best is None),
        ),
        lines={"certificates": (best.line, best.line)} if best else {},
    )  # fmt: skip


# --- who the client is

HOP = forward_model.Hop("198.51.100.7", "203.0.113.8", "10.0.1.20", 50123)
LIES = {"": "nothing", "203.0.113.9": "203.0.113.9", "10.0.0.5": "10.0.0.5, an inside address"}
PRESERVES = {"instance": "instances, default", "ip": "IP addresses, default", "true": "IP addresses, switched on"}
KINDS = {
    "alb": "Application (ALB)",
    "clb_http": "Classic, HTTP",
    "clb_tcp": "Classic, TCP",
    "nlb": "Network (NLB), TCP",
}
SHORT = {"alb": "ALB", "clb_http": "CLB", "clb_tcp": "CLB", "nlb": "NLB"}
READS = {"first": "first entry of X-Forwarded-For", "last": "last entry", "second": "last entry but one",
         "connection": "address of the connection", "proxy": "proxy protocol"}  # fmt: skip


@explorable(
    "Who is there?",
    kind=Choice("Load balancer", "alb", KINDS),
    reads=Choice("The application believes", "first", READS),
    forged=Choice("The client claims", "203.0.113.9", LIES),
    cdn=Toggle("A CDN stands in front", False),
    https=Toggle("The load balancer is asked by HTTPS", True),
    mode=Choice("ALB: X-Forwarded-For", str(number("client.mode")), {
        "append": "append", "preserve": "preserve", "remove": "remove"}),
    port=Toggle("ALB: with the client's port", number("client.with_port") == "true"),
    targets=Choice("NLB: targets", "instance", PRESERVES),
    proxy=Toggle("NLB, Classic TCP: proxy protocol", number("client.proxy_v2") == "true"),
)  # fmt: skip
def forwarded(kind, reads, forged, cdn, https, mode, port, targets, proxy):
    setups = {
        name: forward_model.Setup(name, mode, port, targets != "ip", proxy and name in ("clb_tcp", "nlb"), cdn, https)
        for name in KINDS
    }
    sees = {name: forward_model.seen(setup, HOP, forged) for name, setup in setups.items()}
    ends = {name: _verdict(forward_model.believed(got, reads), forged) for name, got in sees.items()}
    got, end = sees[kind], ends[kind]
    right = end.endswith("right")
    lines = [("the connection comes from", got.source), ("X-Forwarded-For", got.forwarded or "–"),
             ("X-Forwarded-Proto and -Port", f"{got.proto}, {got.port}" if got.proto else "–"),
             ("proxy protocol", got.proxy or "–")]  # fmt: skip
    names = [("client", HOP.client), *([("CDN", HOP.cdn)] if cdn else []), (SHORT[kind], HOP.balancer),
             ("target", "reads")]  # fmt: skip
    rows = tuple(
        (f"{KINDS[name]}{', yours' if name == kind else ''}", ends[name], one.source,
         one.forwarded or "–", one.proxy or "–")
        for name, one in sees.items()
    )  # fmt: skip
    return View(
        pictures.hops(names, lines, end, right),
        f"The client {HOP.client} comes to the target from {got.source}, with "
        f"{'X-Forwarded-For ' + got.forwarded if got.forwarded else 'no X-Forwarded-For'}. The application {end}.",
        Table(("Load balancer", "The application", "Connection from", "X-Forwarded-For", "Proxy protocol"), rows),
        (
            Goal("Learn the true address on an ALB, although the client lies",
                 kind == "alb" and bool(forged) and right and not cdn),
            Goal("Learn it behind a CDN too, although the client lies", bool(forged) and cdn and right),
            Goal("Learn it from an NLB whose source address is its own",
                 kind == "nlb" and got.source == HOP.balancer and right),
            Goal("Keep X-Forwarded-For from the target altogether, though the client sent one",
                 bool(forged) and kind == "alb" and not got.forwarded),
        ),
    )  # fmt: skip


def _verdict(believes, forged):
    if not believes:
        return "finds nothing to read"
    if believes == HOP.client:
        return f"believes {believes}: right"
    return f"believes {believes}: {'the lie' if believes == forged else 'not the client'}"
