"""One person's user, her groups and a role: what each change does to what she may do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .model_judge import Caller, Policies, Request, judge
from .model_policy import Policy


@dataclass(frozen=True)
class World:
    """What stands fast: whose user it is, the policies of groups, of the role and of the user directly."""

    user: Caller
    role: Caller  # a session of it
    groups: dict[str, Policy]
    of_role: Policy
    trust: Policy
    direct: Policy


@dataclass(frozen=True)
class State:
    """What changes: the groups she is in, whether a policy hangs on her user itself, whether she wears the role."""

    exists: bool = True
    groups: tuple[str, ...] = ()
    attached: bool = False
    in_role: bool = False


def policies(state: State, world: World) -> Policies:
    """What has a say now. A session has the role's policies alone: the user's own do not follow into it."""
    if state.in_role:
        return Policies(identity=(world.of_role,))
    own = (world.direct,) if state.attached else ()
    return Policies(identity=(*(world.groups[name] for name in state.groups), *own))


def may(state: State, world: World, action: str, resource: str) -> bool:
    """Whether she may make this call now, as the user or in the role. A user that is gone may nothing."""
    if not (state.exists or state.in_role):
        return False
    caller = world.role if state.in_role else world.user
    return judge(Request(caller, action, resource, world.user.account), policies(state, world)).allowed


def act(state: State, step: str, world: World) -> tuple[State, str, str]:
    """The state after one step, the API call made, and "done" or the error's code; a refused call changes nothing.

    Steps: join:GROUP, leave:GROUP, attach, detach, assume, end, delete. The administrator makes them all, except
    assume, which is hers. Rules: IAM API, error codes of each call; DeleteUser, what must go first. AddUserToGroup
    for a member and AttachUserPolicy for an attached policy change nothing and succeed.
    Leaves out: access keys, password and MFA device, which DeleteUser also wants removed first.
    """
    verb, _, group = step.partition(":")
    if verb not in ("assume", "end") and not state.exists:
        return state, _CALLS[verb], "NoSuchEntity"
    match verb:
        case "join":
            groups = state.groups if group in state.groups else (*state.groups, group)
            return replace(state, groups=groups), _CALLS[verb], "done"
        case "leave" if group not in state.groups:
            return state, _CALLS[verb], "NoSuchEntity"
        case "leave":
            return replace(state, groups=tuple(one for one in state.groups if one != group)), _CALLS[verb], "done"
        case "attach":
            return replace(state, attached=True), _CALLS[verb], "done"
        case "detach":
            answer = "done" if state.attached else "NoSuchEntity"
            return replace(state, attached=False), _CALLS[verb], answer
        case "assume":
            return _assume(state, world)
        case "end":
            return replace(state, in_role=False), "(session ends)", "done" if state.in_role else "no session"
        case "delete" if state.groups or state.attached:
            return state, _CALLS[verb], "DeleteConflict"
        case "delete":
            return replace(state, exists=False), _CALLS[verb], "done"
    raise ValueError(f"no step {step!r}")


def _assume(state, world):
    if not state.exists or state.in_role:  # nobody signs, or the role itself does, and nothing lets it
        return state, _CALLS["assume"], "AccessDenied"
    request = Request(world.user, "sts:AssumeRole", world.role.role, world.user.account)
    has_a_say = replace(policies(state, world), resource=world.trust, must_name=True)
    allowed = judge(request, has_a_say).allowed
    return replace(state, in_role=allowed), _CALLS["assume"], "done" if allowed else "AccessDenied"


_CALLS = {
    "join": "AddUserToGroup", "leave": "RemoveUserFromGroup", "attach": "AttachUserPolicy",
    "detach": "DetachUserPolicy", "assume": "AssumeRole", "delete": "DeleteUser",
}  # fmt: skip
