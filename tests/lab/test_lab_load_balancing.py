"""The lab's exercises: the solutions that the notebook shows pass, and every misconception is caught."""

import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import numpy
import pytest
from botocore.exceptions import ClientError
from folded import assert_folded, solution

from awsbook.lab import Sandbox, load_balancing_exercises
from awsbook.lab.checks import RIGHT, prove
from awsbook.lab.engines import find
from awsbook.lab.load_balancing_engine import balancing

ROOT = Path(__file__).parents[2]
NOTEBOOK = nbformat.read(ROOT / "labs" / "load-balancing.ipynb", as_version=4)
PROSE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown"]
EXERCISES = ("winning_rule", "threshold", "replace", "customer_address")
FORMS = (numpy.int64, float)
needs_haproxy = pytest.mark.skipif(find("haproxy") is None, reason="haproxy is not installed on this machine")


@pytest.fixture
def site():
    with Sandbox() as lab:
        yield lab.use(balancing(lab))


def values(condition):
    return (condition.get("HostHeaderConfig") or condition.get("PathPatternConfig"))["Values"]


def fits(condition, host, path, match=fnmatchcase):
    if condition["Field"] == "host-header":
        return any(match(host.lower(), value.lower()) for value in values(condition))
    return any(match(path, value) for value in values(condition))


def by_number(rules):
    return sorted((r for r in rules if r["Priority"] != "default"), key=lambda r: int(r["Priority"]))


def first_of(order=by_number, combine=all, match=fnmatchcase, pick=0, fold=lambda path: path, query=False):
    """A right answer, unless one of its parts is exchanged for a misconception."""

    def answer(rules, url):
        asked = urlsplit(url)
        path = asked.path + (f"?{asked.query}" if query and asked.query else "")
        hold = [
            rule["Priority"]
            for rule in order(rules)
            if combine(fits(c, asked.hostname, fold(path), match) for c in rule["Conditions"])
        ]
        return hold[pick] if hold else "default"

    return answer


def in_the_order_of_creation(rules):
    return [rule for rule in rules if rule["Priority"] != "default"]


def case_counts_in_hosts(rules, url):
    """http://SHOP... is the name as it was typed."""
    asked = urlsplit(url)
    host = asked.netloc.split(":")[0]
    for rule in by_number(rules):
        if all(
            any(fnmatchcase(host if c["Field"] == "host-header" else asked.path, v) for v in values(c))
            for c in rule["Conditions"]
        ):
            return rule["Priority"]
    return "default"


WRONG_RULE = {
    "the rule that was made first": first_of(in_the_order_of_creation),
    "priorities sorted as texts": first_of(lambda rules: sorted(by_number(rules), key=lambda r: r["Priority"])),
    "the highest number wins": first_of(pick=-1),
    "one condition of a rule is enough": first_of(combine=any),
    "a pattern is the beginning of a path": first_of(
        match=lambda text, pattern: text.startswith(pattern.rstrip("*").lstrip("*"))
    ),
    "case does not count in paths": first_of(
        match=lambda text, pattern: fnmatchcase(text.lower(), pattern.lower()), fold=str.lower
    ),
    "case counts in hosts": case_counts_in_hosts,
    "the query belongs to the path": first_of(query=True),
    "only exact values": first_of(match=lambda text, pattern: text == pattern),
    "the default rule always": lambda rules, url: "default",
}

WRONG_THRESHOLD = {
    "the default": lambda interval, hiccup: (2, 2 * interval),
    "as many as fit without the first": lambda interval, hiccup: (
        max(2, hiccup // interval + 1),
        max(2, hiccup // interval + 1) * interval,
    ),
    "better too many": lambda interval, hiccup: (
        math.ceil(hiccup / interval) + 2,
        (math.ceil(hiccup / interval) + 2) * interval,
    ),
    "a single failure is enough": lambda interval, hiccup: (1, interval),
    "the price is as long as the hiccup": lambda interval, hiccup: (math.ceil(hiccup / interval) + 1, hiccup),
    "the first check comes at once": lambda interval, hiccup: (
        math.ceil(hiccup / interval) + 1,
        math.ceil(hiccup / interval) * interval,
    ),
    "fractions": lambda interval, hiccup: (hiccup / interval + 1, hiccup + interval),
}


def register(elb, group, new):
    elb.register_targets(TargetGroupArn=group, Targets=new)


def deregister(elb, group, old):
    elb.deregister_targets(TargetGroupArn=group, Targets=old)


def wait(elb, what, group, targets):
    elb.get_waiter(what).wait(TargetGroupArn=group, Targets=targets)


def first_out_then_in(elb, group, old, new):
    deregister(elb, group, old)
    wait(elb, "target_deregistered", group, old)
    register(elb, group, new)
    wait(elb, "target_in_service", group, new)


def not_waiting_for_the_new(elb, group, old, new):
    register(elb, group, new)
    deregister(elb, group, old)
    wait(elb, "target_deregistered", group, old)


def not_waiting_for_the_old(elb, group, old, new):
    register(elb, group, new)
    wait(elb, "target_in_service", group, new)
    deregister(elb, group, old)


def a_short_pause(elb, group, old, new):
    not_waiting_for_the_old(elb, group, old, new)
    time.sleep(5)


def a_pause_instead_of_health(elb, group, old, new):
    register(elb, group, new)
    time.sleep(5)
    deregister(elb, group, old)
    wait(elb, "target_deregistered", group, old)


def only_in(elb, group, old, new):
    register(elb, group, new)
    wait(elb, "target_in_service", group, new)


def asks_for_ever(elb, group, old, new):
    register(elb, group, new)
    while True:
        told = elb.describe_target_health(TargetGroupArn=group, Targets=new)["TargetHealthDescriptions"]
        if all(each["TargetHealth"]["State"] == "healthy" for each in told):
            break


def asks_for_ever_how_the_group_is(elb, group, old, new):
    register(elb, group, new)
    while elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]:
        pass


def tries_for_ever(elb, group, old, new):
    while True:
        try:
            asks_for_ever(elb, group, old, new)
            time.sleep(1)
        except Exception:
            continue


def no_delay(elb, group, old, new):
    attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "0"}
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    register(elb, group, new)
    wait(elb, "target_in_service", group, new)
    deregister(elb, group, old)
    time.sleep(1)


WRONG_REPLACE = {
    "the old ones first": first_out_then_in,
    "registered means ready": not_waiting_for_the_new,
    "deregistered means done": not_waiting_for_the_old,
    "a short pause will do": a_short_pause,
    "a pause instead of health": a_pause_instead_of_health,
    "the old ones go by themselves": only_in,
    "asking again and again without waiting": asks_for_ever,
    "asking again and again for something else": asks_for_ever_how_the_group_is,
    "no error ends it": tries_for_ever,
    "no delay, so that it is quick": no_delay,
    "nothing to do": lambda elb, group, old, new: None,
}

WRONG_ADDRESS = {
    "the first entry": lambda headers: headers["x-forwarded-for"].split(",")[0].strip(),
    "the whole header": lambda headers: headers["x-forwarded-for"],
    "another header": lambda headers: headers.get("x-real-ip", headers["x-forwarded-for"]),
    "the last but one": lambda headers: headers["x-forwarded-for"].split(",")[-2:][0].strip(),
    "the load balancer's address": lambda headers: "127.0.0.1",
    "with the space before it": lambda headers: headers["x-forwarded-for"].split(",")[-1],
}


@needs_haproxy
@pytest.mark.parametrize(
    ("name", "wrong"),
    list(zip(EXERCISES, [WRONG_RULE, WRONG_THRESHOLD, WRONG_REPLACE, WRONG_ADDRESS], strict=True)),
)
def test_the_solution_in_the_notebook_passes_and_misconceptions_fail(site, name, wrong):
    """The folded code is run as the learner would paste it."""
    prove(getattr(load_balancing_exercises, name)(site), solution(PROSE, name), wrong)


@needs_haproxy
def test_two_whole_numbers_are_right_in_any_form(site):
    """Such as what a division without a remainder makes."""
    right = solution(PROSE, "threshold")

    def answer(interval, hiccup):
        return [form(part) for form, part in zip(FORMS, right(interval, hiccup), strict=True)]

    verdict = load_balancing_exercises.threshold(site).verdict(answer)
    assert verdict.state == RIGHT, verdict.words


@needs_haproxy
def test_a_priority_that_is_a_number_and_no_text_can_be_told_from_it(site):
    verdict = load_balancing_exercises.winning_rule(site).verdict(lambda rules, url: 10)
    assert "rule '10' answered, you said 10" in verdict.words


@needs_haproxy
def test_the_notebook_says_what_to_do_when_a_cell_has_run_before(site):
    make = next(cell["source"] for cell in NOTEBOOK["cells"] if "create_load_balancer" in cell["source"])
    names = {"site": site, "elb": site.lab.client("elbv2"), "ec2": site.lab.client("ec2")}
    exec(make, names)
    with pytest.raises(ClientError, match="DuplicateTargetGroupName"):
        exec(make, names)
    assert any("`DuplicateTargetGroupName`" in text and "it has run before" in text for text in PROSE)


def test_every_exercise_has_a_hint_and_a_solution_folded_away():
    """Neither is in sight before it is asked for."""
    for name in EXERCISES:
        assert_folded(PROSE, name)


BALANCED = """
import sys
heard = []
from awsbook.lab import open_sandbox
lab = open_sandbox()
from awsbook.lab.load_balancing_engine import balancing
site = lab.use(balancing(lab))
sys.addaudithook(lambda event, args: heard.append(args[1]) if event == "socket.connect" else None)
web = site.server("web-1")
import boto3
elb, ec2 = boto3.client("elbv2"), boto3.client("ec2")
subnets = ec2.describe_subnets()["Subnets"][:2]
made = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType="ip")
group = made["TargetGroups"][0]["TargetGroupArn"]
made = elb.create_load_balancer(Name="shop", Subnets=[subnet["SubnetId"] for subnet in subnets])
balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
forward = [{"Type": "forward", "TargetGroupArn": group}]
elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/health")
elb.register_targets(TargetGroupArn=group, Targets=[{"Id": web.id}])
lab.clock.advance(30)
assert site.visit("http://shop.example.com/").server == "web-1"
"""


def kernel(script, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", BALANCED + script],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def gone(port):
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return True
        threading.Event().wait(0.1)
    return False


@needs_haproxy
def test_haproxy_is_gone_after_a_cell_failed_and_the_lab_stopped():
    """And so are the web servers behind it, and its folder."""
    seen = []

    def cell():
        with Sandbox() as lab:
            site = lab.use(balancing(lab))
            room = {"lab": lab, "site": site, "balancing": balancing}
            exec("import boto3" + BALANCED.split("import boto3")[1].replace("web.id", "site.server('web-1').id"), room)
            seen.extend([site._ports[0], site.servers[0].port, site._room])
            raise RuntimeError("the cell fails")

    with pytest.raises(RuntimeError, match="the cell fails"):
        cell()
    balancer, server, room = seen
    assert gone(balancer)
    assert gone(server)
    assert not room.exists()


@needs_haproxy
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_haproxy_ends_when_its_kernel_is_killed():
    """A killed process runs no clean-up; its pipe to the minder closes all the same."""
    with kernel("print(site._ports[0], flush=True); import threading; threading.Event().wait(60)") as process:
        port = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert gone(port)


REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "http://192.0.2.1:4566",
    "HTTP_PROXY": "http://127.0.0.1:9",
}
STAYS = """
import re
known = re.findall(r"(?:bind|server \\w+) ([0-9.]+):", site.config())
print(elb._request_signer._credentials.access_key)
print({address[0] for address in heard if isinstance(address, tuple)} <= {"127.0.0.1"}, len(heard) > 3)
print(set(known), set(re.findall(r"addr ([0-9.]+)", " ".join(map(str, site._told.values())))) or "none")
print({address.split(":")[0] for address, _ in site._told.values()})
"""


@needs_haproxy
def test_no_packet_leaves_the_machine_with_real_looking_credentials():
    """Every connection of the kernel goes to this machine, and HAProxy knows no other address."""
    with kernel(STAYS, **REAL_LOOKING) as process:
        out, err = process.communicate(timeout=60)
    assert out.splitlines() == ["testing", "True True", "{'127.0.0.1'} none", "{'127.0.0.1'}"], err


def test_without_haproxy_the_notebook_says_so_once_and_skips_on():
    """One clear sentence, and every further cell runs without an error."""
    from nbclient import NotebookClient

    code = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell["source"]) for cell in code])
    hide = "from awsbook.lab import engines; engines.find = lambda program: None"
    notebook["cells"].insert(0, nbformat.v4.new_code_cell(hide))
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(ROOT / "labs")}}).execute()
    said = ["".join(output.get("text", "") for output in cell["outputs"]) for cell in notebook["cells"]]
    assert said[1].startswith("This part is skipped: haproxy is not installed here (sudo apt install haproxy")
    assert set(said[2:]) == {"skipped: this cell needs haproxy\n"}
