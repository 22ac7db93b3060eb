"""The pictures of requests on their way, of a status code's maker, and of the four kinds."""

from __future__ import annotations

import math

from awsbook.explore import figure

NODE, NODE_END, TARGET = 35, 55, 74  # per cent: where nodes start and end and targets start
ROW, GAP, TOP, NAME = 27, 8, 24, 17  # px: a target's row, between zones, the heads, a zone's name
BINS, STRIP = 30, 30  # the strip at the foot: counts of failures


def _high(setup):
    return NAME + max(2, setup.each) * ROW


def _top(setup, zone):
    return TOP + zone * (_high(setup) + GAP)


def _target_y(setup, target):
    zone, i = divmod(target, setup.each)
    return _node_y(setup, zone) + (i + 0.5 - setup.each / 2) * ROW


def _node_y(setup, zone):
    return _top(setup, zone) + (NAME + _high(setup)) / 2 - 3


def _client_y(setup, client):
    low, high = TOP, _top(setup, setup.zones) - GAP
    return low + (high - low) * (client + 0.5) / setup.clients


def _between(start, end, share):
    return [a + (b - a) * share for a, b in zip(start, end, strict=True)]


def _where(setup, request, now):
    """(x, y) of the request's dot at `now`, and whether it is on its way back."""
    client = (16, _client_y(setup, request.client))
    entry, leave = (NODE, _node_y(setup, request.node)), (NODE_END, _node_y(setup, request.node))
    if now < request.at_node:
        return _between(client, entry, (now - request.start) / (request.at_node - request.start)), False
    if request.target < 0:
        return _between(entry, client, (now - request.at_node) / (request.back - request.at_node)), True
    target = (TARGET, _target_y(setup, request.target))
    if now < request.at_target:
        return _between(leave, target, (now - request.at_node) / (request.at_target - request.at_node)), False
    half = (request.at_target + request.back) / 2
    if now < half:
        return _between(target, leave, (now - request.at_target) / (half - request.at_target)), True
    return _between(entry, client, (now - half) / (request.back - half)), True


def _target(setup, made, target, now):
    name = "abc"[target // setup.each] + str(target % setup.each + 1)
    y = _target_y(setup, target) - ROW / 2 + 2
    bad = sum(1 for at in made.bad_checks[target] if at <= now)
    broken = target in made.broken and now >= setup.breaks_at
    look = {"label": name, "colour": "@good"}
    if all(out <= now for out in made.out_at):  # it fails open
        look = {"label": f"{name} in use", "colour": "@bad", "dash": True}
    elif made.out_at[target] <= now:
        look = {"label": f"{name} out", "colour": "@muted", "dash": True}
    elif bad:
        look = {"label": f"{name} bad {bad}/{setup.threshold}", "colour": "@bad", "dash": True}
    elif broken:
        look = {"label": f"{name} broken", "colour": "@bad", "dash": True}
    return figure.box(TARGET, y, 24.5, ROW - 4, **look)


def _strip(setup, made, now, y):
    """Failures known so far, in bins of time, and where the moment is."""
    size = setup.lasts_s / BINS
    counts = [0] * BINS
    for request in made.requests:
        if not request.good and request.back <= min(now, setup.lasts_s - 1e-9):
            counts[int(request.back / size)] += 1
    full = max(1.0, setup.rate * size)
    shapes = [figure.words(0, y + 10, "errors so far", small=True), figure.link(0, y + 16 + STRIP, 100, y + 16 + STRIP)]
    for i, count in enumerate(counts):
        if count:
            high = max(3, STRIP * min(1, count / full))
            shapes.append(figure.box(100 * i / BINS + 0.4, y + 16 + STRIP - high, 100 / BINS - 0.8, high,
                                     colour="@bad"))  # fmt: skip
    at = 100 * now / setup.lasts_s
    shapes.append(figure.link(at, y + 14, at, y + 18 + STRIP, colour="@text"))
    shapes.append(figure.words(0, y + 32 + STRIP, "0 s", small=True))
    shapes.append(figure.words(100, y + 32 + STRIP, f"{setup.lasts_s:g} s", anchor="end", small=True))
    if setup.breaks != "nothing" and 12 < 100 * setup.breaks_at / setup.lasts_s < 88:
        shapes.append(figure.words(100 * setup.breaks_at / setup.lasts_s, y + 32 + STRIP, "breaks", anchor="middle",
                                   small=True))  # fmt: skip
    return shapes


def flow(setup, made, now, known=()):
    """The moment `now` of a run. known: the requests that may be on their way then (all of the run's, if empty)."""
    foot = _top(setup, setup.zones)
    shapes = [figure.words(8, 14, "clients", anchor="middle", bold=True),
              figure.words(45, 14, "nodes", anchor="middle", bold=True),
              figure.words(TARGET + 12, 14, "targets", anchor="middle", bold=True)]  # fmt: skip
    step = _client_y(setup, 1) - _client_y(setup, 0)
    for client in range(setup.clients):
        shapes.append(figure.box(0.4, _client_y(setup, client) - step / 2 + 2, 14.6, step - 4, str(client + 1),
                                 colour="@6"))  # fmt: skip
    for zone in range(setup.zones):
        top = _top(setup, zone)
        shapes.append(figure.box(NODE - 4, top, 103.6 - NODE, _high(setup), colour="@muted", dash=True, filled=False))
        shapes.append(figure.words(NODE - 2, top + 14, f"zone {'abc'[zone]}", small=True))
        dead, gone = zone in made.dead and now >= setup.breaks_at, made.dns_out[zone] <= now < max(made.dns_out)
        label = f"node {'abc'[zone]}" + ("\nbroken" if dead else "\nno DNS" if gone else "")
        shapes.append(figure.box(NODE, _node_y(setup, zone) - 23, NODE_END - NODE, 46, label,
                                 colour="@bad" if dead else "@muted" if gone else "@1", dash=dead or gone))  # fmt: skip
        shapes += [_target(setup, made, zone * setup.each + i, now) for i in range(setup.each)]
    for request in known or made.requests:
        if request.start <= now < request.back:
            (x, y), back = _where(setup, request, now)
            look = ("circle", "@good") if request.good else ("cross", "@bad")
            shape, colour = look if back else ("ring", "@1")
            shapes.append(figure.dot(x, y + (4 if back else -4), radius=5, shape=shape, colour=colour))
    shapes += _strip(setup, made, now, foot)
    return figure.picture(shapes, math.ceil(foot + STRIP + 40))


def code(verdict, clocks, said):
    """Client, load balancer and target with the arrows of one request, and its clocks. clocks: (name, s, colour);
    said: {"after", "clock"}: texts of a time."""
    good = verdict.status < 400
    colour = "@good" if good else "@bad"
    balancer = verdict.maker == "load balancer"
    shapes = [figure.box(0.4, 22, 21, 84, "client", colour="@6"),
              figure.box(37, 22, 26, 84, "load\nbalancer", colour=colour if balancer else "@1", dash=balancer),
              figure.box(78.6, 22, 21, 84, "target", colour="@muted" if not verdict.reached else "@3" if balancer
                         else colour, dash=not verdict.reached),
              figure.arrow(21.4, 44, 37, 44, colour="@1", label="asks"),
              figure.arrow(63, 44, 78.6, 44, colour="@1" if verdict.reached else "@muted", dash=not verdict.reached),
              figure.words(50 if balancer else 99.6, 14, f"makes {verdict.status}",
                           anchor="middle" if balancer else "end", bold=True)]  # fmt: skip
    if not verdict.reached:
        shapes.append(figure.dot(71, 44, radius=5, shape="cross", colour="@bad"))
    if not balancer:
        shapes.append(figure.arrow(78.6, 86, 63, 86, colour=colour, label=str(verdict.status)))
    shapes.append(figure.arrow(37, 86, 21.4, 86, colour=colour, dash=not verdict.seen, label=str(verdict.status)))
    if not verdict.seen:
        shapes.append(figure.dot(24, 86, radius=5, shape="cross", colour="@bad"))
    longest, y = max(s for _, s, _ in clocks), 122
    for name, seconds, tint in clocks:
        wide = 60 * seconds / longest
        shapes += [figure.words(0, y + 15, name), figure.box(38, y + 2, max(wide, 0.6), 18, colour=tint)]
        at, side = (38 + wide + 1, "start") if wide < 45 else (37.5 + wide, "end")
        shapes.append(figure.words(at, y + 15, said(seconds), anchor=side))
        y += 26
    if verdict.after:
        at = 38 + 60 * min(1, verdict.after / longest)
        shapes.append(figure.link(at, 118, at, y, colour="@text", dash=True))
    return figure.picture(shapes, y + 4)


def kinds(names, wanted, every):
    """A grid: needs down (text, chosen), kinds across. every: (name, the lacking needs)."""
    left, step, row = 45, 11, 26
    shapes = [figure.words(left + step * (k + 0.5), 16, name, anchor="middle", bold=True)
              for k, (name, _) in enumerate(every)]  # fmt: skip
    y = 26
    for need, name in names.items():
        chosen = need in wanted
        if chosen:
            shapes.append(figure.box(0.3, y + 1, 99.4, row - 2, colour="@1"))
        shapes.append(figure.words(2, y + 18, name, bold=chosen, colour="@text" if chosen else "@muted"))
        for k, (_, lacks) in enumerate(every):
            meets = need not in lacks
            colour = "@muted" if not chosen else "@good" if meets else "@bad"
            shapes.append(figure.dot(left + step * (k + 0.5), y + row / 2, radius=5,
                                     shape="circle" if meets else "cross", colour=colour))  # fmt: skip
        y += row
    for k, (_, lacks) in enumerate(every):
        fits = not any(need in lacks for need in wanted)
        shapes.append(figure.box(left + step * k + 0.5, y + 6, step - 1, 26, "yes" if fits else "no",
                                 colour="@good" if fits else "@muted", dash=not fits))  # fmt: skip
    shapes.append(figure.words(2, y + 24, "fits", bold=True))
    return figure.picture(shapes, y + 38)
