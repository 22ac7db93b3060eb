"""The exercises of the load balancers' lab. Each is judged by what live traffic does, not by a formula of ours.

Every function takes the `Site` of an open sandbox (`load_balancing_engine.balancing`) and returns the exercise.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager

from awsbook.lab.checks import Endless, Exercise, is_blank, whole
from awsbook.lab.load_balancing_web import moment
from awsbook.lab.throttle import Patience

PORT = 9000  # the hidden listeners; the lab's own have other ports
URL = f"http://hidden.example.com:{PORT}/"
BOOT_S = 20  # a new server of `replace` answers with errors for so long
MOST_S = 3600  # lab time after which a program that replaces servers will never be done
STEP_S = 5  # how often customers come meanwhile
WORDS = ("api", "cart", "img", "pay", "admin")


class TakesForEver(Endless):
    """A program lets an hour pass."""


def winning_rule(site) -> Exercise:
    """`winning_rule(rules, url)`: the Priority of the rule that answers a request for `url`.

    rules: what DescribeRules returns, with conditions on host and path.
    """

    def cases(rng):
        for rules, urls in _rule_books(rng):
            with _listening(site, rules) as listener:
                listed = site.elb.describe_rules(ListenerArn=listener)["Rules"]
                for url in urls:
                    yield listed, url

    def judge(rules, url, got):
        won = site.visit(url).text
        order = ", ".join(rule["Priority"] for rule in rules)
        return "" if got == won else f"{url}, rules listed as {order}: rule {won!r} answered, you said {got!r}"

    return Exercise("winning_rule", cases, judge)


def threshold(site) -> Exercise:
    """`threshold(interval, hiccup)`: the smallest UnhealthyThresholdCount that a hiccup does not trip, and its price.

    interval: HealthCheckIntervalSeconds. hiccup: seconds, no multiple of it, in which a sound server fails every
    health check. The price: the seconds for which customers may still be sent to a server that crashes.
    """

    def cases(rng):
        yield from [(10, 4), (10, 14), (5, 17)]
        for _ in range(4):
            interval = rng.randrange(6, 31)
            yield interval, interval * rng.randrange(4) + rng.randrange(1, interval)

    def judge(interval, hiccup, got):
        story = f"a check every {interval} s, a hiccup of {hiccup} s"
        parts = [whole(part) for part in got] if isinstance(got, tuple | list) else []
        if len(parts) != 2 or None in parts:
            return f"{story}: expected two whole numbers, threshold and seconds, got {got!r}"
        count, price = parts
        if count < 2:
            return f"{story}: AWS takes no UnhealthyThresholdCount of {count}"
        if not _survives(site, interval, count, hiccup):
            return f"{story}: with {count} failed checks the server was taken out, and it was sound"
        if count > 2 and _survives(site, interval, count - 1, hiccup):
            return f"{story}: {count} is more than it needs, {count - 1} failed checks will do"
        lasted = _seconds_of_errors(site, interval, count)
        return "" if price == lasted else f"{story}: errors lasted for {lasted} s after the crash, you said {price}"

    return Exercise("threshold", cases, judge)


def replace(site) -> Exercise:
    """`replace(elb, group, old, new)`: new servers take the place of the old ones, and no customer notices.

    elb: a client. group: the target group's ARN. old, new: lists as RegisterTargets takes them.
    """

    def cases(rng):
        yield from [(1, 1, 60), (2, 2, 120), (2, 1, 90), (1, 3, 150 + rng.randrange(5) * 15)]

    def ask(answer, old, new, delay):
        with _service(site, old, delay=delay, interval=15) as (group, servers):
            return _replaced(site, answer, group, servers, new, delay)

    def judge(old, new, delay, got):
        failed, lost, names = got
        story = f"{old} old servers, {new} new ones, deregistration delay {delay} s"
        if failed:
            return f"{story}: {failed} requests failed"
        if lost:
            return f"{story}: {lost} reports were cut off when the old servers were switched off"
        if len(names) != new:
            return f"{story}: in the end {len(names)} servers got requests, expected {new}"
        return ""

    return Exercise("replace", cases, judge, ask)


def customer_address(site) -> Exercise:
    """`customer_address(headers)`: where a request came from. headers: as a server saw them, names in lower case."""

    def cases(rng):
        with _service(site, 1):
            yield from _headers(site, rng)

    def judge(headers, got):
        real = headers["x-forwarded-for"].rpartition(",")[2].strip()
        came = f"X-Forwarded-For was {headers['x-forwarded-for']!r}"
        return "" if got == real else f"{came}: the connection came from {real!r}, you said {got!r}"

    return Exercise("customer_address", cases, judge)


def _headers(site, rng):
    """What a server is sent when customers come from known places, some of them with a header of their own."""
    forged = [None, "203.0.113.9", "10.0.0.1, 198.51.100.7", "127.0.0.1", "unknown", " 192.0.2.1 ,192.0.2.2", None]
    for value in forged:
        home = f"127.0.0.{rng.randrange(2, 250)}"
        sent = {"X-Forwarded-For": value, "X-Real-IP": "198.51.100.1"} if value else {}
        yield (site.visit(URL, sent, address=home).body["headers"],)


def _rule_books(rng):
    """Lists of (priority, hosts, paths), in the order in which they are made, and URLs to try on them."""
    base = f".example.com:{PORT}"
    yield (
        [(10, [], ["/api/*"]), (9, [], ["/api/v2/*"]), (100, [], ["*"])],
        [f"http://shop{base}{path}" for path in ("/api/cart", "/api/v2/cart", "/API/cart", "/api", "/")],
    )
    yield (
        [(20, ["*.example.com"], []), (3, ["shop.example.com"], ["/pay", "/cart/*"]), (4, [], ["/im?/*"])],
        [
            *(f"http://shop{base}{path}" for path in ("/pay", "/payment", "/pay/", "/cart/1", "/img/1", "/image/1")),
            f"http://SHOP{base}/pay",
            f"http://blog{base}/pay",
            f"http://example.com:{PORT}/imx/y",
            f"http://shop{base}/?next=/cart/1",
            f"http://shop{base}/pay?how=card",
        ],
    )
    for _ in range(3):
        rules = []
        for priority in rng.sample(range(1, 300), 6):
            hosts = rng.choice([[], [], ["Shop.example.com"], ["*.example.com"], ["blog.*.com", "shop.*.com"]])
            first, second = rng.sample(WORDS, 2)
            paths = rng.choice([[f"/{first}/*"], [f"/{first}", f"*/{second}"], [f"/{first[0]}*"]])
            rules.append((priority, hosts, paths))
        names = [rng.choice(["shop", "blog", "SHOP"]) for _ in range(8)]
        yield rules, [f"http://{name}{base}/{'/'.join(rng.sample(WORDS, rng.randrange(1, 3)))}" for name in names]


def _fixed(text):
    response = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": text}
    return [{"Type": "fixed-response", "FixedResponseConfig": response}]


@contextmanager
def _balancer(site, actions):
    """A load balancer with one hidden listener; the listener's ARN. It is gone at the end."""
    subnets = [subnet["SubnetId"] for subnet in site.lab.client("ec2").describe_subnets()["Subnets"][:2]]
    made = site.elb.create_load_balancer(Name="hidden", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    listener = site.elb.create_listener(LoadBalancerArn=made, Protocol="HTTP", Port=PORT, DefaultActions=actions)
    try:
        yield listener["Listeners"][0]["ListenerArn"]
    finally:
        site.elb.delete_load_balancer(LoadBalancerArn=made)


@contextmanager
def _listening(site, rules):
    with _balancer(site, _fixed("default")) as listener:
        for priority, hosts, paths in rules:
            conditions = [{"Field": "host-header", "HostHeaderConfig": {"Values": hosts}}] if hosts else []
            conditions += [{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}] if paths else []
            text = str(priority)
            site.elb.create_rule(ListenerArn=listener, Priority=priority, Conditions=conditions, Actions=_fixed(text))
        yield listener


@contextmanager
def _service(site, servers, delay=30, interval=10, count=2):
    """A target group with healthy servers behind a hidden listener: its ARN, and the servers."""
    network = site.lab.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    made = site.elb.create_target_group(
        Name="hidden",
        Protocol="HTTP",
        Port=80,
        VpcId=network,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=interval,
        UnhealthyThresholdCount=count,
    )
    group = made["TargetGroups"][0]["TargetGroupArn"]
    attributes = [{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}]
    site.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=attributes)
    running = [site.server(f"hidden-{n}") for n in range(servers)]
    try:
        with _balancer(site, [{"Type": "forward", "TargetGroupArn": group}]):
            site.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": server.id} for server in running])
            site.lab.clock.advance(interval)
            yield group, running
    finally:
        site.elb.delete_target_group(TargetGroupArn=group)
        site.forget(*running)


def _survives(site, interval, count, hiccup):
    """Whether both servers still get requests after one of them failed its checks for a while, in the worst moment."""
    with _service(site, 2, interval=interval, count=count) as (_, (sick, _)):
        site.lab.clock.advance(interval - 0.5)  # half a second before the next check
        sick.health_page = "/health/none"
        site.lab.clock.advance(hiccup - 0.25)
        answering = {site.visit(URL).server for _ in range(4)}
        return len(answering) == 2


def _seconds_of_errors(site, interval, count):
    """For how long customers still meet a server that crashed right after a check it passed."""
    with _service(site, 2, interval=interval, count=count) as (_, (crashed, _)):
        crashed.crash()
        for second in range(interval, MOST_S, interval):
            site.lab.clock.advance(interval)
            if all(site.visit(URL).status == 200 for _ in range(4)):
                return second
    raise TakesForEver("a crashed server is never taken out")


def _replaced(site, answer, group, servers, new, delay):
    """Lets `answer` replace servers under traffic: how many requests failed and reports were lost, who is left."""
    clock, coming = site.lab.clock, [site.server(f"new-{n}", boots=BOOT_S) for n in range(new)]
    began, reports, statuses = clock.elapsed, [site.begin(URL) for _ in servers], Counter()
    done_at = began + delay - 10  # long, and yet within the delay from any moment on at which it can begin to count
    done, elb = [], site.lab.client("elbv2")

    patience = Patience(lambda: clock.elapsed)  # for calls that the engine does not count, as they change nothing

    def customers_come(**_):
        patience.count_in_vain()
        statuses.update(site.visit(URL).status for _ in range(len(servers) + new))

    def advance(seconds):
        end = moment(clock.elapsed + seconds)
        while clock.elapsed < end:
            site.advance(min(STEP_S, end - clock.elapsed))
            customers_come()
            if clock.elapsed >= done_at and not done:
                done.extend(report.finish().status for report in reports)
            if clock.elapsed > began + MOST_S:
                raise TakesForEver("an hour went by, and the servers were not replaced")

    elb.meta.events.register("after-call.elastic-load-balancing-v2", customers_come)
    clock.advance = advance
    try:
        returned = answer(elb, group, [{"Id": s.id} for s in servers], [{"Id": s.id} for s in coming])
        if is_blank(returned):
            return returned
        for server in servers:
            server.crash()  # switched off
        done = done or [report.finish().status for report in reports]
        last = [site.visit(URL) for _ in range(4 * (len(servers) + new))]
        statuses.update(answer.status for answer in last)
        failed = statuses.total() - statuses[200]
        return failed, len(done) - done.count(200), {answer.server for answer in last}
    finally:
        clock.advance = site.advance
        for server in servers:
            server.crash()
        for report in reports:
            report.finish()
        site.forget(*coming)
