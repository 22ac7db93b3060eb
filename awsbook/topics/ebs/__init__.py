"""EBS: volumes, their types, bursts, RAID and snapshots."""
