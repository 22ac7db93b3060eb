"""A policy document read and judged as a text: its statements with their lines, or the line that IAM would refuse."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .model_conditions import Condition
from .model_grammar import action_fault, checked, conditions, members, one_of, principals, resource_fault, texts
from .model_json import PolicyError, read

WITH_VARIABLES = "2012-10-17"
VERSIONS = ("2008-10-17", WITH_VARIABLES)
_TOP = ("Version", "Id", "Statement")
_ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_FOREIGN = re.compile(r"[^\t\n\r\u0020-\u00FF]")


@dataclass(frozen=True)
class Statement:
    """One statement. actions, resources: as written; not_actions, not_resources: they are exceptions.

    principals: (kind, name) pairs, None in a policy of an identity. first, last: its lines. number: from 1.
    """

    number: int
    sid: str
    effect: str
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    principals: tuple[tuple[str, str], ...] | None
    conditions: tuple[Condition, ...]
    first: int
    last: int

    @property
    def name(self) -> str:
        return self.sid or f"statement {self.number}"


@dataclass(frozen=True)
class Policy:
    """A policy that IAM takes. variables: whether ${...} is replaced; size: characters, without white space."""

    statements: tuple[Statement, ...]
    variables: bool
    size: int


def parse(text: str, kind: str = "identity", need_version: bool = False) -> Policy:
    """The policy in `text`. kind: "identity" (also boundary, session policy, SCP), "resource" or "trust".

    PolicyError with line and reason if it is no JSON or not in IAM's grammar. need_version: also refuse a policy
    without Version, which IAM takes as 2008-10-17, where ${...} stays plain letters.
    Rule: user guide, "Grammar of the IAM JSON policy language". Leaves out: whether an action or a key exists, which
    IAM does not check either (Access Analyzer does); NotPrincipal, which is refused here; the checks of one service.
    """
    foreign = _FOREIGN.search(text)
    if foreign:
        line = text.count("\n", 0, foreign.start()) + 1
        raise PolicyError(line, f"IAM does not take the character {foreign.group()!r} in a policy")
    node = read(text)
    top = members(node, "a policy", _TOP)
    if kind == "identity" and "Id" in top:
        raise PolicyError(top["Id"].first, "Id belongs to policies of resources, not of identities")
    version = top.get("Version")
    if version is None and need_version:
        raise PolicyError(node.first, f'Version is missing: write "Version": "{WITH_VARIABLES}"')
    if version is not None and version.value not in VERSIONS:
        raise PolicyError(version.first, f"Version is {_shown(version)}; there are {' and '.join(VERSIONS)}")
    if "Statement" not in top:
        raise PolicyError(node.first, "Statement is missing")
    nodes = top["Statement"].value if isinstance(top["Statement"].value, list) else [top["Statement"]]
    if not nodes:
        raise PolicyError(top["Statement"].first, "Statement is empty")
    statements = tuple(_statement(one, i + 1, kind) for i, one in enumerate(nodes))
    _sids(statements)
    size = sum(not letter.isspace() for letter in text)
    return Policy(statements, version is not None and version.value == WITH_VARIABLES, size)


def _sids(statements):
    seen = set()
    for one in statements:
        if one.sid and one.sid in seen:
            raise PolicyError(one.first, f'the Sid "{one.sid}" stands twice; it must be unique in the policy')
        seen.add(one.sid)


def _statement(node, number, kind):
    parts = members(node, "a statement", _ELEMENTS)
    sid = parts.get("Sid")
    if sid is not None and not (isinstance(sid.value, str) and re.fullmatch(r"[A-Za-z0-9]*", sid.value)):
        raise PolicyError(sid.first, "a Sid takes letters and digits only")
    if "Effect" not in parts:
        raise PolicyError(node.first, "Effect is missing in this statement")
    effect = parts["Effect"]
    if effect.value not in ("Allow", "Deny"):
        raise PolicyError(effect.first, f"Effect is {_shown(effect)}; it takes Allow or Deny, in just that case")
    action, not_actions = one_of(parts, node, "Action", "NotAction")
    resources, not_resources = (), True  # a trust policy has no Resource: it is about its role
    if kind != "trust":
        resource, not_resources = one_of(parts, node, "Resource", "NotResource")
        resources = tuple(checked(one, resource_fault) for one in texts(resource, "Resource"))
    elif "Resource" in parts or "NotResource" in parts:
        raise PolicyError((parts.get("Resource") or parts["NotResource"]).first, "a trust policy has no Resource")
    return Statement(
        number, sid.value if sid else "", effect.value,
        tuple(checked(one, action_fault) for one in texts(action, "Action")), not_actions,
        resources, not_resources, principals(parts, node, kind), tuple(conditions(parts.get("Condition"))),
        node.first, node.last,
    )  # fmt: skip


def _shown(node):
    return f'"{node.value}"' if isinstance(node.value, str) else "no text"
