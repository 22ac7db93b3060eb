"""What is still there after a reboot, a stop, a termination, a failure."""

from __future__ import annotations

EVENTS = ("reboot", "stop", "hibernate", "terminate", "host", "volume", "zone")
THINGS = ("memory", "instance store", "root volume", "data volume", "snapshot")


def survives(event: str, root_deleted: bool, data_deleted: bool) -> dict[str, bool]:
    """For each of THINGS, whether it is still there afterwards.

    event: one of EVENTS; "host" is a failure of the host under the instance, "volume" the failure of the data
    volume, "zone" the loss of the Availability Zone. root_deleted, data_deleted: DeleteOnTermination.
    Rules: EC2 User Guide, "Instance store volume and data lifetime" and "Preserve data on termination".
    Leaves out: a snapshot that was never taken, writes still in the instance's memory, failed hibernation.
    """
    if event not in EVENTS:
        raise ValueError(f"no event {event!r}; there are {', '.join(EVENTS)}")
    ended = event == "terminate"
    return {
        "memory": event in ("hibernate", "volume"),
        "instance store": event in ("reboot", "volume"),
        "root volume": event != "zone" and not (ended and root_deleted),
        "data volume": event not in ("zone", "volume") and not (ended and data_deleted),
        "snapshot": True,
    }
