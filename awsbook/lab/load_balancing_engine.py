"""Load balancers for the labs: AWS's calls, recorded by moto, drive an HAProxy that really balances.

    lab = open_sandbox()
    site = lab.use(balancing(lab))
    web = site.server("web-1")
    ...                                    # boto3: create_load_balancer, create_target_group, register_targets, ...
    site.visit("http://shop.example.com/")

moto keeps load balancers, listeners, rules, target groups and attributes as AWS does, but no request ever reaches a
target, and its target health is made up. So the records are translated into HAProxy's language (`config`), and what
moto says about health is replaced by what the targets really answer.

Ours, and not HAProxy's: the health checks. They are real requests to the real targets, but they keep the lab's clock,
so that thirty seconds need not be waited for. A target that is unhealthy or drains is in HAProxy's state `maint`: no
new request, not even by cookie, while what is in flight goes on (its state `drain` would still obey cookies, and AWS
does not). If every target is unhealthy, all get requests, as on AWS.

Refused with a clear error, because it is not translated: conditions other than the six fields of `_CONDITIONS`,
weighted target groups, authentication, redirects that change host, path or query, targets on other ports of the same
address, slow start, sticky cookies that end by time, an HTTPS listener without a certificate (moto takes it).
Not as on AWS, so do not teach it here: one node, no zones, no start-up time, TCP listeners that deal connections in
turn instead of by a hash, targets that only ever were `initial` get nothing.
"""

from __future__ import annotations

import itertools
import socket
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus
from moto.elbv2.responses import ELBV2Response

from awsbook.lab import engines
from awsbook.lab.engines import HOST, EngineError, available, free_port, running
from awsbook.lab.load_balancing_web import (
    PATIENCE_S,
    Answer,
    Browser,
    Line,
    Pending,
    Server,
    authority,
    closing_all,
    moment,
)
from awsbook.lab.throttle import Patience

INSTALL = "sudo apt install haproxy"
SLOTS = 12  # targets that a group of the lab can hold, draining ones included
NOWHERE = f"{HOST}:1"  # nobody listens on port 1
_EDGES = ("HTTP", "HTTPS")


class NotTranslated(NotImplementedError):
    """A record that moto keeps and this lab's engine does not understand."""


@dataclass
class Target:
    """One registered target and what is known about it. Times are seconds of the lab's clock."""

    id: str
    slot: int
    next_check: float
    state: str = "initial"
    in_row: int = 0  # equal results one after the other
    last: bool | None = None
    drained_at: float | None = None

    def hear(self, passed: bool, healthy_after: int, unhealthy_after: int) -> None:
        """Counts one health check. The first one that passes is enough for a new target."""
        self.in_row = self.in_row + 1 if passed == self.last else 1
        self.last = passed
        if passed and (self.state == "initial" or self.in_row >= healthy_after):
            self.state = "healthy"
        elif not passed and self.in_row >= unhealthy_after:
            self.state = "unhealthy"


def routable(states: list[str]) -> list[bool]:
    """Which of the registered targets get requests: the healthy ones, or all of them if all are unhealthy."""
    if states and all(state == "unhealthy" for state in states):
        return [True] * len(states)
    return [state == "healthy" for state in states]


@contextmanager
def balancing(lab):
    """The `Site` of an open sandbox, until the block ends. Without HAProxy one sentence, and the cells are skipped."""
    if not available("haproxy", INSTALL):
        _skip_cells()
    with closing_all([]) as servers, tempfile.TemporaryDirectory(prefix="awsbook-") as room:
        site = Site(lab, servers, Path(room))
        with patch.multiple(ELBv2Backend, **_mended(site)), patch.object(ELBV2Response, "call_action", _heard(site)):
            lab.clock.advance = site.advance
            try:
                yield site
            finally:
                del lab.clock.advance
                site.close()


class Site:
    """The lab's load balancers, the servers behind them, and the way in for visitors."""

    def __init__(self, lab, servers: list[Server], room: Path):
        self.lab, self.servers, self._room, self._admin = lab, servers, room, room / "admin.sock"
        self.elb, self.acm = lab.client("elbv2"), lab.client("acm")
        self._groups: dict[str, dict[str, Target]] = {}  # target group's ARN: targets by id
        self._settings: dict[str, dict] = {}
        self._listeners: dict[str, dict] = {}
        self._ports: list[int] = []  # of this machine, in the order of the listeners
        self._keys: dict[str, bytes] = {}  # certificate: private key
        self._text, self._block, self._stale = "", None, True
        self._really_advance = lab.clock.advance
        self._tickets, self.patience = itertools.count(1), Patience(lambda: lab.clock.elapsed)

    def server(self, name: str, boots: float = 0) -> Server:
        """A new web server. Its `id` is an address in the sandbox's default network."""
        server = Server(name, f"172.31.0.{11 + len(self.servers)}", self.lab.clock, boots)
        self.servers.append(server)
        return server

    def forget(self, *servers: Server) -> None:
        """Ends servers that nobody needs any more. Their addresses are not given to others."""
        for server in servers:
            server.close()

    def certificate(self, *names: str) -> tuple[bytes, bytes]:
        """A certificate for `names` and its private key, from an authority that only this lab trusts."""
        made, key = authority().issue(*names)
        self._keys[made.decode().strip()] = key
        return made, key

    def visit(self, url: str, headers: dict | None = None, address: str = HOST, method: str = "GET") -> Answer:
        """One request on a connection of its own, from a customer who lives at `address`."""
        with self.line(url, address) as line:
            return line.get(_path(url), headers, method)

    def browser(self, name: str) -> Browser:
        """A browser that keeps its cookies. `name`: the visitor, for whom servers keep a cart."""
        return Browser(self, name)

    @contextmanager
    def line(self, url: str, address: str = HOST):
        """A connection to the load balancer that listens on the URL's port."""
        self.update()
        parts = urlsplit(url)
        line = Line(self._door(parts), parts.hostname, parts.scheme == "https", address)
        try:
            yield line
        finally:
            line.close()

    def begin(self, url: str) -> Pending:
        """A request for /report that a server holds until `finish()`."""
        self.update()
        ticket = f"t{next(self._tickets)}"
        parts = urlsplit(url)
        port, secure = self._door(parts), parts.scheme == "https"

        def ask():
            line = Line(port, parts.hostname, secure)
            answer = line.get(f"/report?{ticket}")
            line.close()
            return answer

        return Pending(ask, self.servers, ticket)

    def shown_certificate(self, name: str) -> str:
        """The name in the certificate that a browser is shown who asks for `name`, whether it fits or not."""
        self.update()
        raw = socket.create_connection((HOST, self._door(urlsplit(f"https://{name}/"))), PATIENCE_S)
        with authority().trusting(check_name=False).wrap_socket(raw, server_hostname=name) as line:
            return line.getpeercert()["subjectAltName"][0][1]

    def config(self) -> str:
        """What HAProxy is told, without what belongs to this machine."""
        self.update()
        return self._text.replace(str(self._room), "").strip()

    def advance(self, seconds: float) -> None:
        """The clock's `advance`, stopping for each health check and each end of a drain on its way."""
        clock = self.lab.clock
        if seconds < 0:
            return self._really_advance(seconds)
        with suppress(
            NotTranslated, EngineError
        ):  # the kernel moves the clock too; the next request says what is wrong
            self.update()
        end = moment(clock.elapsed + seconds)
        while (due := self._next_event()) is not None and due <= end:
            self._really_advance(max(0.0, due - clock.elapsed))
            self._run_due(due)
        self._really_advance(max(0.0, moment(end - clock.elapsed)))
        return self._steer()

    def close(self) -> None:
        """Ends HAProxy."""
        block, self._block, self._text = self._block, None, ""
        if block:
            block.__exit__(None, None, None)

    # What follows keeps HAProxy at what moto's records say.

    def update(self) -> None:
        """Translates the records if they may have changed, and tells HAProxy who is to get requests."""
        if self._stale:
            self._stale = False
            try:
                self._translate()
            except BaseException:
                self._stale = True
                raise
        self._steer()

    def changed(self) -> None:
        self._stale = True

    def registered(self, arn: str, ids: list[str]) -> None:
        """Compares what moto holds with what was known: new targets start, missing ones drain."""
        group = self._groups.setdefault(arn, {})
        now = self.lab.clock.elapsed
        interval, delay = self._checks(arn)["HealthCheckIntervalSeconds"], self._delay(arn)
        for id in ids:
            if id not in group or group[id].drained_at is not None:
                taken = {target.slot for target in group.values()}
                free = next((slot for slot in range(SLOTS) if slot not in taken), None)
                if free is None:
                    raise NotTranslated(f"this lab's engine holds {SLOTS} targets in a group, and no more")
                group[id] = Target(id, group[id].slot if id in group else free, moment(now + interval))
        for id, target in group.items():
            if id not in ids and target.drained_at is None:
                target.state, target.drained_at = "draining", moment(now + delay)
        self._stale = True

    def health(self, arn: str, id: str) -> str:
        """The state that DescribeTargetHealth tells."""
        self.update()
        target = self._groups.get(arn, {}).get(id)
        if target is None or (target.drained_at is None and arn not in self._settings):
            return "unused"
        return target.state

    def _checks(self, arn):
        (group,) = self.elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
        return group

    def _delay(self, arn):
        return int(_attributes(self.elb, arn).get("deregistration_delay.timeout_seconds", 300))

    def _next_event(self):
        times = [
            target.next_check if target.drained_at is None else target.drained_at
            for arn in self._settings
            for target in self._groups.get(arn, {}).values()
        ]
        return min(times, default=None)

    def _run_due(self, due):
        for arn, settings in self._settings.items():
            group = self._groups.get(arn, {})
            for target in list(group.values()):
                if target.drained_at is not None and target.drained_at <= due:
                    self._cut(arn, target)
                    del group[target.id]
                elif target.drained_at is None and target.next_check <= due:
                    target.next_check = moment(target.next_check + settings["HealthCheckIntervalSeconds"])
                    passed = self._check(target.id, settings)
                    target.hear(passed, settings["HealthyThresholdCount"], settings["UnhealthyThresholdCount"])
        self._steer()

    def _check(self, id, settings):
        server = self._server_of(id)
        if server is None or not server.up:
            return False
        if settings["HealthCheckProtocol"] == "TCP":
            return True
        line = Line(server.port, id, secure=False)
        status = line.get(settings.get("HealthCheckPath") or "/").status
        line.close()
        return _matches(status, settings.get("Matcher", {}).get("HttpCode") or "200")

    def _server_of(self, id):
        return next((server for server in self.servers if server.id == id and not server.gone), None)

    def _door(self, parts):
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        listening = zip(self._ports, self._listeners.values(), strict=True)
        doors = [door for door, listener in listening if listener["Port"] == port]
        if not doors:
            raise ConnectionRefusedError(f"no load balancer has a listener on port {port}")
        return doors[-1]  # if two load balancers have the same port, the younger one is meant

    def _translate(self):
        self._listeners = {}
        for balancer in self.elb.describe_load_balancers()["LoadBalancers"]:
            arn = balancer["LoadBalancerArn"]
            for listener in self.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
                self._listeners[listener["ListenerArn"]] = listener
        rules = {arn: self.elb.describe_rules(ListenerArn=arn)["Rules"] for arn in self._listeners}
        used = {action["TargetGroupArn"] for many in rules.values() for rule in many for action in _forwards(rule)}
        self._settings = {
            group["TargetGroupArn"]: group
            for group in self.elb.describe_target_groups()["TargetGroups"]
            if group["TargetGroupArn"] in used
        }
        self._names = {arn: f"group{number}" for number, arn in enumerate(self._settings)}
        fronts = {arn: self._front(listener, rules[arn]) for arn, listener in self._listeners.items()}
        backs = [self._back(arn, name) for arn, name in self._names.items()]
        text = "\n".join([_TOP.format(admin=self._admin), *fronts.values(), *backs, ""])
        if text != self._text:
            self._restart(text)

    def _restart(self, text):
        self.close()
        for attempt in range(3):
            self._ports = [free_port() for _ in self._listeners]
            if not self._ports:
                return
            file, filled = self._room / "haproxy.cfg", text
            for number, port in enumerate(self._ports):
                filled = filled.replace(f":port{number} ", f":{port} ").replace(f":port{number}\n", f":{port}\n")
            file.write_text(filled)
            command = ["haproxy", "-db", "-f", str(file)]
            block = running(*command, port=self._ports[0], unix_socket=self._admin, room=self._room)
            try:
                block.__enter__()
            except EngineError:
                if attempt == 2:  # otherwise another program may have taken a port in between
                    raise
                continue
            self._block, self._text, self._told = block, text, {}
            break

    def _steer(self):
        """Tells the running HAProxy what differs from what it was told last."""
        if not self._block:
            return
        commands = []
        for arn, name in self._names.items():
            group = self._groups.get(arn, {})
            staying = [target for target in group.values() if target.drained_at is None]
            wanted = dict.fromkeys(range(SLOTS), (NOWHERE, "maint"))
            for target in group.values():
                wanted[target.slot] = (self._address(target.id), "maint")
            for target, open_ in zip(staying, routable([target.state for target in staying]), strict=True):
                wanted[target.slot] = (self._address(target.id), "ready" if open_ else "maint")
            for slot, (address, state) in wanted.items():
                told = self._told.get((name, slot), (NOWHERE, "maint"))
                host, port = address.split(":")
                if told[0] != address:
                    commands.append(f"set server {name}/s{slot} addr {host} port {port}")
                if told[1] != state:
                    commands.append(f"set server {name}/s{slot} state {state}")
                self._told[name, slot] = (address, state)
        if commands:
            self._tell("; ".join(commands))

    def _address(self, id):
        server = self._server_of(id)
        return f"{HOST}:{server.port}" if server else NOWHERE

    def _cut(self, arn, target):
        if self._block:
            self._tell(f"shutdown sessions server {self._names[arn]}/s{target.slot}")

    def _tell(self, commands):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE_S)
            line.connect(str(self._admin))
            line.sendall(commands.encode() + b"\n")
            said = b"".join(iter(lambda: line.recv(4096), b"")).decode().strip()
        wrong = [row for row in said.splitlines() if row and "IP changed" not in row and "no need to change" not in row]
        if wrong:
            raise EngineError(f"HAProxy refused {commands!r}: {wrong}")

    def _front(self, listener, rules):
        number, protocol = list(self._listeners).index(listener["ListenerArn"]), listener["Protocol"]
        bind = f"    bind {HOST}:port{number}"
        if protocol == "HTTPS":
            bind += " ssl " + " ".join(f"crt {self._pem(arn)}" for arn in self._certificates(listener))
        lines = [f"frontend listener{number}", bind]
        if protocol not in _EDGES:
            (action,) = listener["DefaultActions"]
            (forward,) = _forwards({"Actions": [action]})
            return "\n".join([*lines, "    mode tcp", f"    default_backend {self._names[forward['TargetGroupArn']]}"])
        forwarded = "%[req.fhdr(x-forwarded-for)], %[src]"
        lines += [
            f'    http-request set-header X-Forwarded-For "{forwarded}" if {{ req.hdr(x-forwarded-for) -m found }}',
            "    http-request set-header X-Forwarded-For %[src] unless { req.hdr(x-forwarded-for) -m found }",
            f"    http-request set-header X-Forwarded-Proto {protocol.lower()}",
            f"    http-request set-header X-Forwarded-Port {listener['Port']}",
        ]
        ordered = sorted(rules, key=lambda rule: (rule["Priority"] == "default", int(_number(rule["Priority"]))))
        for rule in ordered:  # the first rule that holds is noted, and only then anything is done
            conditions = " ".join(_condition(condition) for condition in rule["Conditions"])
            mark = rule["Priority"]
            lines.append(
                f"    http-request set-var(txn.rule) str({mark}) if !{{ var(txn.rule) -m found }} {conditions}"
            )
        for rule in ordered:
            lines += self._act(rule)
        return "\n".join(lines)

    def _act(self, rule):
        (action,) = rule["Actions"]
        chosen = f"{{ var(txn.rule) -m str {rule['Priority']} }}"
        if action["Type"] == "forward":
            (forward,) = _forwards(rule)
            return [f"    use_backend {self._names[forward['TargetGroupArn']]} if {chosen}"]
        if action["Type"] == "fixed-response":
            fixed = action["FixedResponseConfig"]
            kind, body = fixed.get("ContentType") or "text/plain", _quoted(fixed.get("MessageBody") or "")
            status = fixed["StatusCode"]
            return [f"    http-request return status {status} content-type {kind} string {body} if {chosen}"]
        if action["Type"] == "redirect":
            return [f"    http-request redirect {_redirect(action['RedirectConfig'])} if {chosen}"]
        raise NotTranslated(f"this lab's engine has no action {action['Type']!r}")

    def _back(self, arn, name):
        settings, attributes = self._settings[arn], _attributes(self.elb, arn)
        lines = [
            f"backend {name}",
            "    balance static-rr",
        ]  # roundrobin may let a target that returns wait for dozens of requests
        if settings["Protocol"] not in _EDGES:
            lines.append("    mode tcp")
        elif attributes.get("stickiness.enabled") == "true":
            lines.append("    cookie AWSALB insert indirect")
        lines += [f"    server s{slot} {NOWHERE} cookie s{slot} disabled" for slot in range(SLOTS)]
        return "\n".join(lines)

    def _certificates(self, listener):
        arns = [certificate["CertificateArn"] for certificate in listener.get("Certificates", [])]
        more = self.elb.describe_listener_certificates(ListenerArn=listener["ListenerArn"])["Certificates"]
        arns += [certificate["CertificateArn"] for certificate in more if certificate["CertificateArn"] not in arns]
        if not arns:
            raise NotTranslated("an HTTPS listener needs a certificate; AWS refuses it without one")
        return arns  # the first is the default, for HAProxy as for AWS

    def _pem(self, arn):
        certificate = self.acm.get_certificate(CertificateArn=arn)["Certificate"].strip()
        if certificate not in self._keys:
            raise NotTranslated("this lab's engine has private keys only for certificates that site.certificate() made")
        file = self._room / f"{arn.rpartition('/')[2]}.pem"
        file.write_bytes(certificate.encode() + b"\n" + self._keys[certificate])
        return file


_TOP = """\
global
    nbthread 1
    maxconn 200
    stats socket {admin} mode 600 level admin
defaults
    mode http
    retries 0
    option http-server-close
    timeout connect 5s
    timeout client 60s
    timeout server 60s"""


def _path(url):
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _attributes(elb, arn):
    found = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    return {attribute["Key"]: attribute["Value"] for attribute in found}


def _number(priority):
    return priority if priority.isdigit() else "0"


def _forwards(rule):
    """The forwards of a rule, each with its one target group."""
    for action in rule["Actions"]:
        if action["Type"] != "forward":
            continue
        groups = action.get("ForwardConfig", {}).get("TargetGroups") or [action]
        if len(groups) != 1:
            raise NotTranslated("this lab's engine forwards to one target group, not to several by weight")
        yield groups[0]


def _matches(status, wanted):
    """Whether a status is among the matcher's codes, such as 200, 200-299 or 200,302."""
    for part in wanted.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def _quoted(text):
    """A word for HAProxy's config that means itself."""
    if "\n" in text or "\r" in text:
        raise NotTranslated("this lab's engine takes texts of one line only")
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _pattern(value, any_character="."):
    """AWS's wildcards as a regular expression: * is any text, ? any one character."""
    words = {"*": f"{any_character}*", "?": any_character}
    return "".join(words.get(c, c if c.isalnum() or c in "/_-=&" else "\\" + c) for c in value)


def _any_of(patterns):
    return _quoted(f"^({'|'.join(patterns)})$")


def _query(values):
    parts = []
    for pair in values:
        key = _pattern(pair["Key"], "[^&=]") if pair.get("Key") else "[^&=]*"
        parts.append(f"{key}={_pattern(pair['Value'], '[^&]')}")
    return f"{{ query -m reg -i {_quoted(f'(^|&)({chr(124).join(parts)})(&|$)')} }}"


_CONDITIONS = {  # field: (where its values are, how they are asked)
    "host-header": ("HostHeaderConfig", lambda c: f"{{ req.hdr(host),field(1,:) -m reg -i {_texts(c)} }}"),
    "path-pattern": ("PathPatternConfig", lambda c: f"{{ path -m reg {_texts(c)} }}"),
    "http-header": (
        "HttpHeaderConfig",
        lambda c: f"{{ req.fhdr({c['HttpHeaderName']}) -m reg -i {_texts(c)} }}",
    ),
    "http-request-method": ("HttpRequestMethodConfig", lambda c: f"{{ method -m str {' '.join(c['Values'])} }}"),
    "query-string": ("QueryStringConfig", lambda c: _query(c["Values"])),
    "source-ip": ("SourceIpConfig", lambda c: f"{{ src {' '.join(c['Values'])} }}"),
}


def _texts(config):
    return _any_of(map(_pattern, config["Values"]))


def _condition(condition):
    """One condition in HAProxy's words: it holds if any of its values does."""
    if condition["Field"] not in _CONDITIONS:
        raise NotTranslated(f"this lab's engine has no condition {condition['Field']!r}")
    where, ask = _CONDITIONS[condition["Field"]]
    return ask(condition.get(where) or {"Values": condition["Values"]})


def _redirect(config):
    same = {"Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}
    if any(config.get(part, usual) != usual for part, usual in same.items()):
        raise NotTranslated("this lab's engine redirects to another protocol and port only")
    protocol, port = config.get("Protocol", "#{protocol}").lower(), config.get("Port", "#{port}")
    if "#" in protocol + port:
        raise NotTranslated("this lab's engine needs Protocol and Port of a redirect")
    code = config["StatusCode"].removeprefix("HTTP_")
    return f"code {code} location {protocol}://%[req.hdr(host),field(1,:)]:{port}%[pathq]"


def _mended(site):
    """moto's calls about targets, with what is true here."""
    register, deregister = ELBv2Backend.register_targets, ELBv2Backend.deregister_targets

    def register_targets(self, target_group_arn, instances):
        register(self, target_group_arn, instances)
        site.registered(target_group_arn, list(self.target_groups[target_group_arn].targets))

    def deregister_targets(self, target_group_arn, instances):
        known = self.target_groups[target_group_arn].targets
        there = [target for target in instances if target["Id"] in known]
        deregister(self, target_group_arn, there)
        site.registered(target_group_arn, list(known))

    def describe_target_health(self, target_group_arn, targets):
        site.patience.count_in_vain()  # a program that asks again and again, and does not wait, asks for ever
        group = self.target_groups[target_group_arn]
        known = site._groups.get(target_group_arn, {})
        asked = [target["Id"] for target in targets] or list(known)
        told = []
        for id in asked:
            state = site.health(target_group_arn, id)
            port = group.targets.get(id, {}).get("Port", group.port)
            told.append(FakeHealthStatus(id, port, group.health_check_port, state, _REASONS.get(state)))
        return told

    return {
        "register_targets": register_targets,
        "deregister_targets": deregister_targets,
        "describe_target_health": describe_target_health,
    }


_REASONS = {
    "initial": "Elb.InitialHealthChecking",
    "unhealthy": "Target.FailedHealthChecks",
    "draining": "Target.DeregistrationInProgress",
    "unused": "Target.NotRegistered",
}


def _heard(site):
    """moto's answering, which tells the site when its records may have changed."""
    answer = ELBV2Response.call_action

    def call_action(self):
        came = answer(self)
        if not self._get_action().startswith("Describe"):
            site.changed()
        return came

    return call_action


def _skip_cells():
    """In a notebook: every further cell says that it is skipped, until the first one is run again."""
    try:
        shell = get_ipython()
    except NameError:
        return

    def skip(lines):
        if any("open_sandbox()" in line for line in lines) and engines.find("haproxy"):
            shell.input_transformers_cleanup.remove(skip)
            return lines
        return ["print('skipped: this cell needs haproxy')\n"]

    shell.input_transformers_cleanup.append(skip)
