"""Files for the lab of buying capacity: the text of the learner's own, and a synthetic one for who has none.

`labs/launch-types.synthetic.json` is what this module makes. To write it again, run the module with the file as its
standard output: `python -m awsbook.lab.launch_types_history > labs/launch-types.synthetic.json`.
"""

from __future__ import annotations

import codecs
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

TYPE = "synthetic.xlarge"  # AWS has no such type: wherever a pool is named, it says that we made it
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
CALM, FLAT = "us-east-1a", "us-east-1b"


def text_of(path: str | Path) -> str:
    """The text of a file that a shell has written: UTF-8, or UTF-16 with its mark, as Windows PowerShell writes.

    ValueError in one sentence if there is no such file, or if it is no text.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot open {path}: {error.strerror}; put the file beside this notebook") from None
    try:
        return raw.decode("utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text: byte {error.start + 1} is no {error.encoding.upper()}") from None


def synthetic_history(seed: int = 7) -> str:
    """Four weeks of two pools, newest first, in the shape that the AWS CLI prints.

    One pool is cheap but for two days, in which its price changes every hour or so; the other is dearer and hardly
    moves. So most rows of the first are dear although most of its hours are cheap: a mean of rows picks the wrong one.
    """
    rng = Random(seed)
    rows = []
    for day, dollars in ((0, 0.0548), (6, 0.0561), (14, 0.0552), (23, 0.0566), (27, 0.0559)):
        rows.append((CALM, _moment(rng, day), dollars))
    for hours in range(0, 48, 2):  # the dear days
        rows.append((CALM, _moment(rng, 11 + hours / 24), round(rng.uniform(0.088, 0.121), 4)))
    for day, dollars in ((-0.4, 0.0691), (5, 0.0702), (12, 0.0698), (19, 0.0711), (26, 0.0705)):
        rows.append((FLAT, _moment(rng, day), dollars))
    rows.sort(key=lambda row: row[1], reverse=True)
    entries = [
        {
            "AvailabilityZone": zone,
            "InstanceType": TYPE,
            "ProductDescription": "Linux/UNIX",
            "SpotPrice": f"{dollars:.6f}",
            "Timestamp": when.isoformat(),
        }
        for zone, when, dollars in rows
    ]
    return json.dumps({"SpotPriceHistory": entries}, indent=4) + "\n"


def _moment(rng, day):
    return BEGIN + timedelta(days=day, seconds=rng.randrange(3600))


if __name__ == "__main__":
    print(synthetic_history(), end="")
