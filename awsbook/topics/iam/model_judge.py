"""The way of one request through every policy that has a say, in one account and across two."""

from __future__ import annotations

from dataclasses import dataclass, field

from .model_conditions import holds
from .model_match import Context, action_matches, resource_matches
from .model_policy import Policy, Statement

# a gate and what AWS's errors call its policies
LAYERS = {
    "scp": "service control policy",
    "resource": "resource-based policy",
    "identity": "identity-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
}


@dataclass(frozen=True)
class Caller:
    """Who signs. kind: "user", "session" (of a role), "root" or "service"; arn: a service has its name here.

    role: of a session, the ARN of its role.
    """

    kind: str
    arn: str
    account: str = ""
    role: str = ""


@dataclass(frozen=True)
class Request:
    """One call. account: whose the resource is. context: condition keys in lower case, each with its values."""

    caller: Caller
    action: str
    resource: str
    account: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """What has a say. identity: of the user and its groups, or of the role. None: there is no such policy.

    scps: one a level of the organization, each of which must allow. must_name: the resource's policy alone can open
    the door, as with the trust policy of a role and the policy of a key.
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: Policy | None = None
    session: Policy | None = None
    scps: tuple[Policy, ...] = ()
    must_name: bool = False


@dataclass(frozen=True)
class Gate:
    """One gate as the request met it. name: "deny" or a layer; outcome: "passes", "stops", "opens" (allowed at once,
    the gates after it are not asked), "silent" (asked, says nothing, and need not), "absent" or "unasked".
    """

    name: str
    outcome: str
    statement: Statement | None = None


@dataclass(frozen=True)
class Verdict:
    """allowed; explicit: a Deny spoke. gates: the way, in order. layer, statement: what decided, if a statement did."""

    allowed: bool
    explicit: bool
    gates: tuple[Gate, ...]
    layer: str
    statement: Statement | None

    @property
    def words(self) -> str:
        return "allowed" if self.allowed else "explicit deny" if self.explicit else "implicit deny"


def names(statement: Statement, caller: Caller) -> str:
    """How a statement of a resource names the caller: "itself", "role" (of the session), "account" or "".

    "*" counts as itself. Rule: user guide, "Principal".
    """
    if statement.principals is None:
        return "itself"
    found = {_name(kind, name, caller) for kind, name in statement.principals}
    return next((how for how in ("itself", "role", "account") if how in found), "")


def _name(kind, name, caller):
    if kind == "Service":
        return "itself" if caller.kind == "service" and name == caller.arn else ""
    if kind != "AWS":
        return ""
    if name in ("*", caller.arn):
        return "itself"
    if caller.kind == "session" and name == caller.role:
        return "role"
    same = caller.account and name in (caller.account, f"arn:aws:iam::{caller.account}:root")
    return "account" if same else ""


def applies(statement: Statement, request: Request, variables: bool) -> bool:
    """Whether the statement is about this request: principal, action, resource and every condition."""
    return all(parts(statement, request, variables))


def parts(statement: Statement, request: Request, variables: bool) -> tuple[bool, bool, bool, bool]:
    """The same in four: principal, action, resource, conditions."""
    action = any(action_matches(one, request.action) for one in statement.actions)
    resource = any(resource_matches(one, request.resource, request.context, variables) for one in statement.resources)
    return (
        names(statement, request.caller) != "",
        action != statement.not_actions,
        resource != statement.not_resources,
        all(holds(one, request.context, variables) for one in statement.conditions),
    )


def said(policy: Policy, request: Request, effect: str) -> list[Statement]:
    """The statements of that effect that are about this request."""
    return [one for one in policy.statements if one.effect == effect and applies(one, request, policy.variables)]


def _layers(policies):
    return {
        "scp": policies.scps,
        "resource": (policies.resource,) if policies.resource else (),
        "identity": policies.identity,
        "boundary": (policies.boundary,) if policies.boundary else (),
        "session": (policies.session,) if policies.session else (),
    }


def judge(request: Request, policies: Policies) -> Verdict:
    """The verdict and the way to it.

    Rule: user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic": a Deny anywhere ends it;
    then every SCP must allow; then the resource's policy, which in the same account can open the door alone; then
    identity, boundary and session policy. Across accounts the caller's side and the resource's must both allow.
    Leaves out: resource control policies, VPC endpoint policies, access control lists, federated users'
    sessions, service-linked roles, and the SCPs of the resource's account, which do not bind callers from outside.
    """
    layers = _layers(policies)
    for name, found in layers.items():
        for policy in found:
            for statement in said(policy, request, "Deny"):
                return _end([Gate("deny", "stops", statement)], False, name, statement, explicit=True)
    gates = [Gate("deny", "passes")]
    allows = {name: _allow(name, found, request) for name, found in layers.items()}
    if not _pass(gates, "scp", layers, allows, request):
        return _end(gates, False, "scp", None)
    statement = allows["resource"]
    how = names(statement, request.caller) if statement else ""
    across = request.caller.account != request.account and request.caller.kind != "service"
    if how == "itself" and not across:
        return _end([*gates, Gate("resource", "opens", statement)], True, "resource", statement)
    if not statement and (across or policies.must_name):
        return _end([*gates, Gate("resource", "stops")], False, "resource", None)
    gates.append(Gate("resource", "passes" if statement else "silent" if layers["resource"] else "absent", statement))
    for name in ("identity", "boundary", "session"):
        if name == "identity" and how == "role" and not across:  # the role itself is named: its own policy need not
            gates.append(Gate(name, "passes" if allows[name] else "silent", allows[name]))
        elif not _pass(gates, name, layers, allows, request):
            return _end(gates, False, name, None)
    deciding = ("identity", allows["identity"]) if allows["identity"] else ("resource", statement)
    return _end(gates, True, *deciding)


def _allow(name, found, request):
    """The statement that allows at this layer, or None. Every SCP must allow; elsewhere one policy is enough.

    Of a resource's statements, the one that names the caller most closely.
    """
    allows = [said(policy, request, "Allow") for policy in found]
    if name == "scp" and not all(allows):
        return None
    every = [statement for one in allows for statement in one]
    order = ("itself", "role", "account")
    return min(every, key=lambda one: order.index(names(one, request.caller)), default=None)


def _pass(gates, name, layers, allows, request):
    """Adds the gate; whether the request goes on."""
    if not layers[name] and name != "identity":
        gates.append(Gate(name, "absent"))
        return True
    if name == "identity" and request.caller.kind == "root":
        gates.append(Gate(name, "passes"))
        return True
    gates.append(Gate(name, "passes" if allows[name] else "stops", allows[name]))
    return allows[name] is not None


def _end(gates, allowed, layer, statement, explicit=False):
    met = {gate.name for gate in gates}
    rest = [Gate(name, "unasked") for name in LAYERS if name not in met]
    return Verdict(allowed, explicit, (*gates, *rest), layer, statement)


def error(verdict: Verdict, request: Request) -> str:
    """What AWS answers: the error's words for a refused call, "" for an allowed one."""
    if verdict.allowed:
        return ""
    layer = LAYERS[verdict.layer]
    why = f"with an explicit deny in a{'n' if layer[0] in 'aeiou' else ''} {layer}" if verdict.explicit else (
        f"because no {layer} allows the {request.action} action"
    )  # fmt: skip
    who, what = request.caller.arn, request.action
    return f"AccessDenied: User: {who} is not authorized to perform: {what} on resource: {request.resource} {why}"
