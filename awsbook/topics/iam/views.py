"""The explorables of the IAM chapter: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

import math

from awsbook.explore import Choice, Goal, Slider, Steps, Table, Text, Toggle, View, explorable, words
from awsbook.explore.controls import ControlError
from awsbook.facts import fact

from . import pictures, scenes
from .model_conditions import Condition, holds, operator_parts
from .model_json import PolicyError
from .model_judge import LAYERS, Policies, judge, parts
from .model_people import State, act, may
from .model_policy import parse
from .model_session import Rules, in_hands, refusal

SAYS = {"none": "there is none", "allow": "allows the call", "silent": "does not mention it", "deny": "denies it"}


def read(text, control):
    """The policy in a text of the reader; what is wrong in it becomes a ControlError at its line."""
    try:
        return parse(text, need_version=True)
    except PolicyError as wrong:
        raise ControlError(str(wrong), control=control, line=wrong.line) from None


def lines(thing):
    """`line 4`, or `lines 4 to 9`."""
    return f"line {thing.first}" if thing.first == thing.last else f"lines {thing.first} to {thing.last}"


def capital(text):
    return text[0].upper() + text[1:]


# --- the gates


@explorable(
    "One request, six gates",
    caller=Choice("Who calls", "session", {"user": "alice, a user", "session": "alice in the role reader"}),
    other=Toggle("The bucket is in another account", False),
    scp=Choice("SCP of her account", "allow", SAYS),
    resource=Choice("Bucket policy", "none", {
        "none": "there is none", "caller": "allows this very caller", "role": "allows the role reader",
        "account": "allows her account", "silent": "allows only bob", "deny": "denies everybody",
    }),
    identity=Choice("Policy of the user or role", "allow", {k: v for k, v in SAYS.items() if k != "none"}),
    boundary=Choice("Permissions boundary", "none", SAYS),
    session=Choice("Session policy", "none", SAYS),
)  # fmt: skip
def gates(caller, other, scp, resource, identity, boundary, session):
    says = {"scp": scp, "resource": resource, "identity": identity, "boundary": boundary, "session": session}
    request, policies = scenes.gates(caller, other, says)
    verdict = judge(request, policies)
    where = "in another account" if other else "in her own account"
    if verdict.explicit:
        end = f"refused: {_a(LAYERS[verdict.layer])} denies it, and a Deny ends everything"
    elif not verdict.allowed:
        end = f"refused: no {LAYERS[verdict.layer]} allows it"
    else:
        end = f"allowed by {_a(LAYERS[verdict.layer])}"
    note = " A user has no session, so no session policy." if caller == "user" and session != "none" else ""
    met = {gate.name: gate.outcome for gate in verdict.gates}
    rows = [("Any Deny?", "every policy is searched", pictures.OUTCOMES[met["deny"]])]
    rows += [
        (name, _says(layer, says[layer], caller), pictures.OUTCOMES[met[layer]])
        for layer, name in pictures.GATE_NAMES.items()
        if layer != "deny"
    ]
    stopped = "" if verdict.allowed or verdict.explicit else verdict.layer
    only_deny = verdict.explicit and list(says.values()).count("deny") == 1 and "silent" not in says.values()
    return View(
        pictures.way(verdict),
        f"The call s3:GetObject on a bucket {where} is {end}.{note}",
        Table(("Gate", "Its policy", "The request"), tuple(rows)),
        (
            Goal("Let the boundary stop what the role's own policy allows", stopped == "boundary"),
            Goal("Open the door by the bucket policy alone, past a boundary that does not mention the call",
                 met["resource"] == "opens" and boundary == "silent"),
            Goal("Let one single Deny beat an Allow in every other layer",
                 only_deny and "none" not in says.values() and resource in ("caller", "role", "account", "deny")),
            Goal("Get in from another account", other and verdict.allowed),
            Goal("Fail at a bucket policy that names nobody you are", stopped == "resource" and resource == "silent"),
        ),
    )  # fmt: skip


def _a(layer):
    return f"a{'n' if layer[0] in 'aeiou' else ''} {layer}"


def _says(layer, what, caller):
    if layer == "session" and caller == "user":
        return "a user has none"
    named = {"caller": "allows this caller", "role": "allows the role", "account": "allows her account"}
    return {**SAYS, "silent": "allows only bob"}[what] if layer == "resource" and what in SAYS else (
        named.get(what) or SAYS[what]
    )  # fmt: skip


# --- one policy


@explorable(
    "Write a policy, try a call",
    policy=Text("Policy", scenes.POLICY, max_chars=4000, rows=14, lines=True),
    call=Choice("The call", "put", {name: label for name, (label, *_) in scenes.CALLS.items()}),
    user=Choice("Who calls", "alice", {"alice": "alice", "bob": "bob"}),
    mfa=Choice("Signed with", "false", {
        "true": "a session with MFA", "false": "a session without MFA", "none": "an access key",
    }),
    address=Choice("From", "office", {"office": "the office, 203.0.113.7", "train": "a train, 198.51.100.20"}),
    encryption=Choice("Encryption header", "none", {"none": "none", "AES256": "AES256", "aws:kms": "aws:kms"}),
)  # fmt: skip
def editor(policy, call, user, mfa, address, encryption):
    parsed = read(policy, "policy")
    request = scenes.call(call, user, mfa, address, encryption)
    verdict = judge(request, Policies(identity=(parsed,)))
    fits = [parts(one, request, parsed.variables)[1:] for one in parsed.statements]
    decided = verdict.statement
    rows = []
    for one, (action, resource, _) in zip(parsed.statements, fits, strict=True):
        held = sum(holds(each, request.context, parsed.variables) for each in one.conditions)
        rows.append((
            one.name, f"{one.first}–{one.last}", one.effect, _yes(action), _yes(resource),
            f"{held} of {len(one.conditions)}" if one.conditions else "none",
        ))  # fmt: skip
    rows.append(("Verdict", f"{decided.first}–{decided.last}" if decided else "", verdict.words, "", "", ""))
    near = max(range(len(fits)), key=lambda i: sum(fits[i]))
    why = (
        f"by {decided.name}, {lines(decided)}" if decided
        else f"no statement is about it; nearest is {parsed.statements[near].name}, whose "
        f"{_missing(fits[near], parsed.statements[near])}"
    )  # fmt: skip
    shown = [(one.name, one.effect, fit) for one, fit in zip(parsed.statements, fits, strict=True)][:8]
    marked = decided or parsed.statements[near]
    loses = any(one.effect == "Allow" and all(fit) for one, fit in zip(parsed.statements, fits, strict=True))
    return View(
        pictures.statements(shown, decided.number - 1 if decided and decided.number <= 8 else None, verdict),
        f"{user} may {'' if verdict.allowed else 'not '}{scenes.CALLS[call][0]}: {verdict.words}, {why}.",
        Table(("Statement", "Lines", "Effect", "Action", "Resource", "Condition"), tuple(rows)),
        (
            Goal("Put the file", call == "put" and verdict.allowed),
            Goal("Let bob get his own file with the same policy",
                 call == "bob" and user == "bob" and verdict.allowed and "bob" not in policy),
            Goal("See a Deny beat an Allow when deleting", call == "delete" and verdict.explicit and loses),
            Goal("Let alice list the bucket from a train", call == "list" and address == "train" and verdict.allowed),
        ),
        {"policy": (marked.first, marked.last)},
    )  # fmt: skip


def _yes(fit):
    return "yes" if fit else "no"


def _missing(fits, statement):
    if all(fits):  # a Deny would have decided, so this cannot be
        return "Effect is another"
    names = (
        "NotAction" if statement.not_actions else "Action",
        "NotResource" if statement.not_resources else "Resource",
    )
    return next(
        f"{name} does not fit" for name, fit in zip((*names, "Condition"), fits, strict=True) if not fit
    )  # fmt: skip


# --- a key that is not there

ASKED = {"absent": "no tag at all", "team": "team", "note": "note", "both": "team and note"}
NULLS = {"Null true": "true", "Null false": "false"}
OPERATORS = (*(name for name in scenes.OPERATORS if name != "Null"), *NULLS)


def met_by(name, asked):
    """Whether the operator, with the value team in the policy, is met by the request."""
    value = NULLS.get(name, scenes.TAG)
    condition = Condition(*operator_parts("Null" if name in NULLS else name), "aws:TagKeys", (value,))
    return holds(condition, {"aws:tagkeys": scenes.REQUESTS[asked]}, True)


@explorable(
    "The key that is not there",
    operator=Choice("Operator, value team", "StringEquals", {name: name for name in OPERATORS}),
    asked=Choice("Tags in the request", "team", ASKED),
    effect=Choice("The statement", "Allow", {"Allow": "Allow", "Deny": "Deny"}),
)
def missing_key(operator, asked, effect):
    table = {name: [met_by(name, one) for one in ASKED] for name in OPERATORS}
    met = met_by(operator, asked)
    opens = met == (effect == "Allow")
    result = f"the {effect} applies" if met else f"the {effect} does not apply"
    shown = "with no tag" if asked == "absent" else f"with the tag{'s' if asked == 'both' else ''} {ASKED[asked]}"
    column = dict(zip(ASKED, table[operator], strict=True))
    safe_deny = effect == "Deny" and column["absent"] and column["note"] and not column["team"]
    return View(
        pictures.grid(OPERATORS, ("none", "team", "note", "both"), table.values(),
                      (OPERATORS.index(operator), list(ASKED).index(asked))),
        f"A request {shown} {'meets' if met else 'does not meet'} {operator}, so {result}"
        f"{' and the request goes through' if opens and effect == 'Allow' else ''}"
        f"{'; this statement does not stop it' if opens and effect == 'Deny' else ''}.",
        Table(("Is met by a request with", "none", "team", "note", "both"),
              (*((name, *(_yes(one) for one in row)) for name, row in table.items()),
               (f"{operator}, {effect}", *(("applies" if one else "not") for one in table[operator])))),
        (
            Goal("Find an Allow that opens when the key is not there, and would not for note",
                 effect == "Allow" and asked == "absent" and met and not column["note"]),
            Goal("Find a Deny that stops note, and that a caller evades by sending no tag at all",
                 effect == "Deny" and asked == "absent" and not met and column["note"]),
            Goal("Find a Deny that stops note and the missing key, and lets team pass",
                 safe_deny and asked == "absent"),
        ),
    )  # fmt: skip


# --- two accounts


@explorable(
    "Two accounts, one bucket",
    way=Choice("Alice goes", "role", {"role": "through their role", "bucket": "straight to the bucket"}),
    one=Toggle("It is all one account", False),
    mine=Toggle("Her own policy allows it", False),
    scp=Toggle("Her SCP lets it pass", True),
    theirs=Choice("Their policy names", "account", {"nobody": "bob", "account": "her account", "alice": "alice"}),
    external=Choice("External ID", "none", {
        "none": "not asked for", "sent": "asked for, and sent", "missing": "asked for, not sent",
    }),
    role_may=Toggle("The role may read", True),
)  # fmt: skip
def two_accounts(way, one, mine, scp, theirs, external, role_may):
    steps = [(name, judge(request, policies), request)
             for name, request, policies in scenes.doors(way, one, mine, scp, theirs, external, role_may)]  # fmt: skip
    rows, open_so_far = [], True
    for name, verdict, request in steps:
        who = "alice" if request.caller.kind == "user" else "the role's session"
        rows.append((name, who, verdict.words if open_so_far else f"not made; else {verdict.words}",
                     LAYERS[verdict.layer] if open_so_far else ""))  # fmt: skip
        open_so_far = open_so_far and verdict.allowed
    asked = {"role": "the trust policy of their role", "bucket": "their bucket policy"}[way]
    if open_so_far:
        said = f"Alice reads the file, through {len(steps)} {'call' if len(steps) == 1 else 'calls'}"
    else:
        name, verdict, request = next(step for step in steps if not step[1].allowed)
        why = f"{_a(LAYERS[verdict.layer])} denies it" if verdict.explicit else f"no {LAYERS[verdict.layer]} allows it"
        said = f"{name} is refused: {why}"
    rows.append(("Calls she needs", str(len(steps)), "read" if open_so_far else "not read", asked))
    return View(
        pictures.accounts(one, way, [(name, verdict) for name, verdict, _ in steps]),
        f"{said}. {capital(asked)} names {ASK[theirs]}.",
        Table(("Call", "Signed by", "Verdict", "Decided by"), tuple(rows)),
        (
            Goal("Read the other account's file through a role", not one and way == "role" and open_so_far),
            Goal("Read it straight from the bucket", not one and way == "bucket" and open_so_far),
            Goal("Get in within one account although her own policy allows nothing", one and not mine and open_so_far),
            Goal("Keep out a caller who is trusted, and lacks only the external ID",
                 way == "role" and mine and scp and theirs != "nobody" and external == "missing" and not open_so_far),
        ),
    )  # fmt: skip


ASK = {"nobody": "bob only", "account": "her account", "alice": "alice"}


# --- users, groups, roles


@explorable(
    "Alice at work",
    steps=Steps("What happens to alice", "", {
        "join:devs": "join group devs", "leave:devs": "leave devs", "join:interns": "join interns",
        "leave:interns": "leave interns", "attach": "policy on her user", "detach": "take it off",
        "assume": "take the role", "end": "end the session", "delete": "delete her user",
    }, max_steps=14),
)  # fmt: skip
def alice(steps):
    world, state = scenes.company(), State()
    log, refused = [("start", "", "", _may_text(state, world))], ""
    denied_as_intern = stopped_as_role = False
    for step in steps.split():
        state, call, answer = act(state, step, world)
        log.append((step.replace(":", " "), call, answer, _may_text(state, world)))
        refused = refused or (answer if answer == "DeleteConflict" else "")
        can_stop = may(state, world, *scenes.MAY["stop"])
        denied_as_intern |= {"devs", "interns"} <= set(state.groups) and not state.in_role and not can_stop
        stopped_as_role |= "interns" in state.groups and state.in_role and can_stop
    now = {name: may(state, world, *call) for name, call in scenes.MAY.items()}
    who = "In the role, alice" if state.in_role else "Alice" if state.exists else "Her user is gone, and alice"
    allowed = [name for name, can in now.items() if can]
    taken = words.plural(len(log) - 1, "step")
    log.append(("now", "", taken, _may_text(state, world)))
    return View(
        pictures.person(state, now),
        f"After {taken}: {who[0].lower() + who[1:] if who != 'Alice' else 'alice'} may "
        f"{', '.join(allowed) if allowed else 'do nothing'}.",
        Table(("Step", "API call", "AWS answers", "Then she may"), tuple(log)),
        (
            Goal("Give alice read by a group", "read" in allowed and not state.attached and not state.in_role),
            Goal("Let one group's Deny beat the other group's Allow", denied_as_intern),
            Goal("Stop the server in the role although an intern must not", stopped_as_role),
            Goal("Meet DeleteConflict, and then delete her user", bool(refused) and not state.exists),
        ),
    )  # fmt: skip


def _may_text(state, world):
    can = [name for name, call in scenes.MAY.items() if may(state, world, *call)]
    return ", ".join(can) or "nothing"


# --- keys that leak


def session_rules():
    return Rules(fact("iam.session.least").value, fact("iam.session.most").value, fact("iam.session.chained").value)


HOURS = 60  # shown: the latest theft, and the longest wait after it


@explorable(
    "The key that leaked",
    kind=Choice("What leaks", "session", {"key": "a user's access key", "session": "a role session"}),
    asked=Slider("Session asked for", 240, min=5, max=780, step=5, unit="min"),
    role_max=Slider(
        "The role's maximum",
        4,
        min=1,
        max=fact("iam.session.most_hours").value,
        unit="h",
        source="iam.session.most_hours",
    ),
    chained=Toggle("Taken from another role (chained)", False),
    stolen=Slider("Stolen after", 30, min=0, max=720, step=10, unit="min"),
    noticed=Slider("Somebody acts, after the theft", 30, min=1, max=48, unit="h"),
)
def leaked(kind, asked, role_max, chained, stolen, noticed):
    rules = session_rules()
    refused = refusal(asked * 60, role_max * 3600, chained, rules) if kind == "session" else ""
    lasts = math.inf if kind == "key" else 0 if refused else asked * 60
    used = 0.0 if refused else in_hands(lasts, stolen * 60, noticed * 3600)
    key_used = in_hands(math.inf, stolen * 60, noticed * 3600)
    if refused:
        said = f"AssumeRole is refused: {asked} minutes are {refused}"
    elif used == 0:
        said = "The session was over before it was stolen: the thief has nothing"
    else:
        what = "The access key" if kind == "key" else "The session"
        end = "until somebody acts" if used == noticed * 3600 else "until it ends by itself"
        said = f"{what} works for the thief for {words.span(used)}, {end}"
    return View(
        pictures.lifetime(min(HOURS, lasts / 3600), stolen / 60, used / 3600, key_used / 3600, HOURS),
        f"{said}.",
        Table(
            ("Quantity", "Value"),
            (
                ("Credentials last", "until removed" if kind == "key" else
                 f"refused: {asked} minutes" if refused else words.span(lasts)),
                ("DurationSeconds asked for", f"{asked * 60:,}" if kind == "session" else "an access key has none"),
                ("The role's maximum", f"{role_max} h{', chained' if chained else ''}"),
                ("Stolen after", f"{stolen} min"),
                ("In a thief's hands", words.span(used) if used else "nothing"),
                ("An access key would be", words.span(key_used)),
            ),
        ),
        (
            Goal("Leave the thief an hour or less", kind == "session" and not refused and 0 < used <= 3600),
            Goal("Leave the thief nothing, with a session that was stolen too late",
                 kind == "session" and not refused and used == 0),
            Goal("Get an AssumeRole refused because it is chained", refused == "longer than a chained session can be"),
            Goal("Get a session refused for being too short", refused == "shorter than a session can be"),
        ),
    )  # fmt: skip


# --- the game


@explorable(
    "Least privilege, as a game",
    policy=Text("Policy of the role checkout", scenes.START, max_chars=6000, rows=14, lines=True),
)
def game(policy):
    parsed = read(policy, "policy")
    calls = scenes.played(parsed)
    let_in = sum(should and verdict.allowed for should, *_, verdict in calls)
    kept_out = sum(not should and not verdict.allowed for should, *_, verdict in calls)
    right = let_in + kept_out
    blame = next((one for should, *_, one in calls if should != one.allowed and one.statement), None)
    rows = [
        (label, f"{action} {resource.split(':', 5)[-1]}", "allow" if should else "refuse",
         "right" if should == verdict.allowed else "wrong",
         verdict.statement.name if verdict.statement else "no statement")
        for should, label, action, resource, verdict in calls
    ]  # fmt: skip
    rows.append(("Together", f"{let_in} of 8 let in, {kept_out} of 12 kept out", "", f"{right} of 20 right",
                 f"{parsed.size} characters"))  # fmt: skip
    hint = ""
    if blame:
        label = next(label for should, label, _, _, verdict in calls if verdict is blame)
        hint = f" First wrong by a statement: {label}, {blame.statement.name}, {lines(blame.statement)}."
        rows.append(("First wrong by a statement", label, "", blame.statement.name, lines(blame.statement)))
    allows = [one for one in parsed.statements if one.effect == "Allow"]
    starred = any("*" in text for one in allows for text in one.actions)
    return View(
        pictures.scores([(should, label, verdict.allowed) for should, label, _, _, verdict in calls]),
        f"{let_in} of 8 let in, {kept_out} of 12 kept out: {right} of 20 right.{hint}",
        Table(("Call", "Asked", "Should", "Yours", "By"), tuple(rows)),
        (
            Goal("Let all eight in", let_in == 8),
            Goal("Keep all twelve out", kept_out == 12),
            Goal("Get all twenty right", right == 20),
            Goal("Get all twenty right without a star in any allowed action", right == 20 and not starred),
        ),
        {"policy": (blame.statement.first, blame.statement.last)} if blame else {},
    )  # fmt: skip
