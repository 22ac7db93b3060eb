"""What a lab folds away: each exercise's hint and solution. One place for what every lab's test asks of them."""

from __future__ import annotations


def code_blocks(text: str) -> list[str]:
    return [part.split("```")[0] for part in text.split("```python\n")[1:]]


def solution(prose: list[str], name: str, **known):
    """The function that the notebook's folded solution defines; known: the names that the notebook has given before."""
    blocks = [block for text in prose for block in code_blocks(text) if f"def {name}(" in block]
    assert len(blocks) == 1, f"{name}: {len(blocks)} solutions in the notebook"
    room = dict(known)
    exec(blocks[0], room)
    return room[name]


def assert_folded(prose: list[str], name: str) -> None:
    """The exercise has a hint and a solution, in this order, and neither is in sight before it is asked for."""
    (text,) = (text for text in prose if f"def {name}(" in text)
    assert [part.split("<")[0] for part in text.split("<summary>")[1:]] == ["Hint", "Solution"]
    assert text.count("<details>") == text.count("</details>") == 2
