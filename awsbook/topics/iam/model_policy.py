"""A policy document read and judged as a text: its statements with their lines, or the line that IAM would refuse."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from .model_conditions import OPERATORS, READ, SETS, Condition, operator_parts
from .model_json import Node, PolicyError, read

WITH_VARIABLES = "2012-10-17"
VERSIONS = ("2008-10-17", WITH_VARIABLES)
_TOP = ("Version", "Id", "Statement")
_ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")
_ACTION = re.compile(r"^[A-Za-z0-9-]+:[A-Za-z0-9*?-]+$")
_MEMBER = re.compile(r"^arn:[\w-]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)/[^*?]+)$")
_FOREIGN = re.compile(r"[^\t\n\r\u0020-\u00FF]")
_KEY = re.compile(r"^[A-Za-z0-9-]+:[^\s*?]+$")


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
    top = _members(node, "a policy", _TOP)
    if kind == "identity" and "Id" in top:
        raise PolicyError(top["Id"].first, "Id belongs to policies of resources, not of identities")
    version = top.get("Version")
    if version is None and need_version:
        raise PolicyError(node.first, f'Version is missing: write "Version": "{WITH_VARIABLES}"')
    if version is not None and version.value not in VERSIONS:
        raise PolicyError(version.first, f"Version is {version.value!r}; there are {' and '.join(VERSIONS)}")
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


def _members(node: Node, what, names):
    if not isinstance(node.value, dict):
        raise PolicyError(node.first, f"{what} is an object in braces {{ }}")
    for name, member in node.value.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, 1, 0.6)
            raise PolicyError(
                member.first, f'{what} has no element "{name}"' + (f'; did you mean "{near[0]}"?' if near else "")
            )
    return node.value


def _statement(node, number, kind):
    parts = _members(node, "a statement", _ELEMENTS)
    sid = parts.get("Sid")
    if sid is not None and not (isinstance(sid.value, str) and re.fullmatch(r"[A-Za-z0-9]*", sid.value)):
        raise PolicyError(sid.first, "a Sid takes letters and digits only")
    if "Effect" not in parts:
        raise PolicyError(node.first, "Effect is missing in this statement")
    effect = parts["Effect"]
    if effect.value not in ("Allow", "Deny"):
        raise PolicyError(effect.first, f"Effect is {_shown(effect)}; it takes Allow or Deny, in just that case")
    action, not_actions = _one_of(parts, node, "Action", "NotAction")
    resources, not_resources = (), True  # a trust policy has no Resource: it is about its role
    if kind != "trust":
        resource, not_resources = _one_of(parts, node, "Resource", "NotResource")
        resources = tuple(_checked(one, _resource) for one in _texts(resource, "Resource"))
    elif "Resource" in parts or "NotResource" in parts:
        raise PolicyError((parts.get("Resource") or parts["NotResource"]).first, "a trust policy has no Resource")
    return Statement(
        number, sid.value if sid else "", effect.value,
        tuple(_checked(one, _action) for one in _texts(action, "Action")), not_actions,
        resources, not_resources, _principals(parts, node, kind), tuple(_conditions(parts.get("Condition"))),
        node.first, node.last,
    )  # fmt: skip


def _shown(node):
    return f'"{node.value}"' if isinstance(node.value, str) else "no text"


def _one_of(parts, node, name, other):
    if name in parts and other in parts:
        raise PolicyError(parts[other].first, f"a statement has {name} or {other}, not both")
    if name not in parts and other not in parts:
        raise PolicyError(node.first, f"{name} (or {other}) is missing in this statement")
    return (parts[name], False) if name in parts else (parts[other], True)


def _texts(node, name):
    """The text, or the texts of the list, each as a Node. PolicyError for anything else, and for an empty list."""
    nodes = node.value if isinstance(node.value, list) else [node]
    if not nodes:
        raise PolicyError(node.first, f"{name} has an empty list")
    for one in nodes:
        if not isinstance(one.value, str):
            raise PolicyError(one.first, f"{name} takes a text or a list of texts")
    return nodes


def _checked(node, why_not):
    reason = why_not(node.value)
    if reason:
        raise PolicyError(node.first, reason)
    return node.value


def _action(text):
    if text == "*" or _ACTION.match(text):
        return ""
    return f'the action "{text}" is not of the form service:Name, such as s3:GetObject'


def _resource(text):
    if text == "*":
        return ""
    parts = text.split(":", 5)
    if parts[0] != "arn" or len(parts) < 3 or (len(parts) < 6 and not text.endswith("*")):
        return f'the resource "{text}" must be an ARN, arn:partition:service:region:account:name, or "*"'
    if set("*?") & set(parts[2]):
        return f'the ARN "{text}" needs its service in plain letters, without wildcards'
    if any("${" in part for part in parts[:5]):
        return f'the ARN "{text}" may have a variable after its fifth colon only'
    return ""


def _principals(parts, node, kind):
    if "NotPrincipal" in parts:
        raise PolicyError(parts["NotPrincipal"].first, "NotPrincipal is not judged on this page")
    if kind == "identity":
        if "Principal" in parts:
            raise PolicyError(parts["Principal"].first, "a policy of an identity has no Principal: it is its owner")
        return None
    if "Principal" not in parts:
        raise PolicyError(node.first, "Principal is missing: a policy of a resource says whom it is about")
    principal = parts["Principal"]
    if principal.value == "*":
        return (("AWS", "*"),)
    found = []
    for name, inner in _members(principal, "Principal", _PRINCIPALS).items():
        found += [(name, _checked(one, _member if name == "AWS" else lambda _: "")) for one in _texts(inner, name)]
    if not found:
        raise PolicyError(principal.first, "Principal names nobody")
    return tuple(found)


def _member(text):
    if text == "*" or re.fullmatch(r"\d{12}", text) or _MEMBER.match(text):
        return ""
    if ":group/" in text:
        return "a group cannot be a Principal: nobody signs a request as a group"
    return f'the principal "{text}" must be "*", an account or the ARN of a user, role or session, without wildcards'


def _conditions(node):
    if node is None:
        return
    if not isinstance(node.value, dict):
        raise PolicyError(node.first, "Condition is an object of operators in braces { }")
    for written, keys in node.value.items():
        parts = operator_parts(written)
        if parts is None:
            known = [*OPERATORS, *(f"{one}:{name}" for one in SETS for name in OPERATORS)]
            near = difflib.get_close_matches(written, known, 1, 0.6)
            raise PolicyError(
                keys.first, f'there is no operator "{written}"' + (f'; did you mean "{near[0]}"?' if near else "")
            )
        if not isinstance(keys.value, dict):
            raise PolicyError(keys.first, f"{written} takes an object of condition keys in braces {{ }}")
        for key, values in keys.value.items():
            if not _KEY.match(key):
                raise PolicyError(values.first, f'the condition key "{key}" is not of the form aws:SourceIp')
            yield Condition(*parts, key, tuple(_values(values, parts[1])), values.first, values.last)


def _values(node, name):
    nodes = node.value if isinstance(node.value, list) else [node]
    if not nodes:
        raise PolicyError(node.first, "a condition needs a value")
    for one in nodes:
        if isinstance(one.value, dict | list) or one.value is None:
            raise PolicyError(one.first, "a condition takes texts, numbers, true or false")
        text = str(one.value).lower() if isinstance(one.value, bool) else str(one.value)
        kind = OPERATORS[name][0]
        if kind in ("null", "bool") and text.lower() not in ("true", "false") and "${" not in text:
            raise PolicyError(one.first, f"{name} takes true or false")
        if kind in READ and READ[kind](text) is None:
            raise PolicyError(one.first, f'{name} cannot read "{text}"')
        yield text
