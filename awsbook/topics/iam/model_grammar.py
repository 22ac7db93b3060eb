"""What IAM takes for each element of a statement, and the reason when it does not."""

from __future__ import annotations

import difflib
import re

from .model_conditions import OPERATORS, READ, SETS, Condition, operator_parts
from .model_json import Node, PolicyError

_PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")
_ACTION = re.compile(r"^[A-Za-z0-9-]+:[A-Za-z0-9*?-]+$")
_MEMBER = re.compile(r"^arn:[\w-]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)/[^*?]+)$")
_KEY = re.compile(r"^[A-Za-z0-9-]+:[^\s*?]+$")


def members(node: Node, what, names):
    """The members of an object in braces. PolicyError for anything else, or for a name that is not in `names`."""
    if not isinstance(node.value, dict):
        raise PolicyError(node.first, f"{what} is an object in braces {{ }}")
    for name, member in node.value.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, 1, 0.6)
            raise PolicyError(
                member.first, f'{what} has no element "{name}"' + (f'; did you mean "{near[0]}"?' if near else "")
            )
    return node.value


def one_of(parts, node, name, other):
    """The member called `name`, or the `other`, and whether it is the other. PolicyError for both or neither."""
    if name in parts and other in parts:
        raise PolicyError(parts[other].first, f"a statement has {name} or {other}, not both")
    if name not in parts and other not in parts:
        raise PolicyError(node.first, f"{name} (or {other}) is missing in this statement")
    return (parts[name], False) if name in parts else (parts[other], True)


def texts(node, name):
    """The text, or the texts of the list, each as a Node. PolicyError for anything else, and for an empty list."""
    nodes = node.value if isinstance(node.value, list) else [node]
    if not nodes:
        raise PolicyError(node.first, f"{name} has an empty list")
    for one in nodes:
        if not isinstance(one.value, str):
            raise PolicyError(one.first, f"{name} takes a text or a list of texts")
    return nodes


def checked(node, why_not):
    """The text of a node for which `why_not` gives no reason; else a PolicyError with it."""
    reason = why_not(node.value)
    if reason:
        raise PolicyError(node.first, reason)
    return node.value


def action_fault(text):
    """Why IAM refuses an action; "" if it does not."""
    if text == "*" or _ACTION.match(text):
        return ""
    return f'the action "{text}" is not of the form service:Name, such as s3:GetObject'


def resource_fault(text):
    """Why IAM refuses a resource; "" if it does not."""
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


def principals(parts, node, kind):
    """Whom the statement is about, as (kind, name) pairs; None in a policy of an identity, which must not say."""
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
    for name, inner in members(principal, "Principal", _PRINCIPALS).items():
        found += [(name, checked(one, _member if name == "AWS" else lambda _: "")) for one in texts(inner, name)]
    if not found:
        raise PolicyError(principal.first, "Principal names nobody")
    return tuple(found)


def _member(text):
    if text == "*" or re.fullmatch(r"\d{12}", text) or _MEMBER.match(text):
        return ""
    if ":group/" in text:
        return "a group cannot be a Principal: nobody signs a request as a group"
    return f'the principal "{text}" must be "*", an account or the ARN of a user, role or session, without wildcards'


def conditions(node):
    """Each key of each operator as a Condition with its lines."""
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
