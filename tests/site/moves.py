"""How a test moves the controls of an explorable, as a reader would, and tells whether anything changed."""

from __future__ import annotations

import re
import time

WORDS = """element => [".ab-sentence", ".ab-table table"].map(s => element.querySelector(s).textContent).join("\\n")"""
# Python's drawing gives way to Plotly's when Python is there and the hand rests; that is no answer to a control
SIGNATURE = """async element => {
  const picture = "svg" in JSON.parse(element.querySelector(".ab-spec").textContent).figure;
  const rests = () => picture || element.querySelector(".ab-plot").lastElementChild.matches(".ab-chart:first-child");
  for (let i = 0; i < 400 && !rests(); i++) await new Promise(frame => setTimeout(frame, 16));
  return [
  element.querySelector(".ab-sentence").textContent,
  element.querySelector(".ab-table table").textContent,
  [...element.querySelectorAll(".ab-plot path, .ab-plot rect, .ab-plot text, .ab-plot circle, .ab-plot line")]
    .map(e => ["d", "x", "width", "height", "cx", "x2"].map(name => e.getAttribute(name) ?? "") + e.textContent)
    .join("|"),
  ].join("\\n");
}"""


def explorable(page, id):
    return page.locator(f'[data-explorable="{id}"]')


def signature(element) -> str:
    """Everything the reader sees of an explorable's answer."""
    return element.evaluate(SIGNATURE)


def words(element) -> str:
    """The sentence and the table."""
    return element.evaluate(WORDS)


def eventually(page, holds, seconds=20) -> bool:
    """Whether `holds()` becomes true within some seconds, however slow the machine. (Playwright's own
    wait_for_function needs eval, which the policy forbids.)"""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        page.wait_for_timeout(20)
    return True


def wait_for_state(page, element, *states, seconds=60):
    """Waits until data-state is one of `states`. TimeoutError says what it was instead."""

    def there():
        return element.get_attribute("data-state") in states and not element.get_attribute("aria-busy")

    if not eventually(page, there, seconds):
        now, words = element.get_attribute("data-state"), element.locator(".ab-status").inner_text()
        raise TimeoutError(f"{element.get_attribute('id')} stayed {now}: {words}")


def wait_for_change(page, element, before, seconds=20) -> bool:
    """Whether the answer differs from `before` within some seconds."""

    def differs():
        # where what was said changed, there is no need to wait for the picture to rest
        return not before.startswith(words(element) + "\n") or signature(element) != before

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not element.get_attribute("aria-busy"):
            if differs():
                return True
            if element.get_attribute("data-state") == "error":
                return False
        page.wait_for_timeout(20)
    return False


def controls(element) -> list[dict]:
    """Name and kind of every control, from the page itself."""
    return element.evaluate(
        """e => Object.entries(JSON.parse(e.querySelector(".ab-spec").textContent).controls)
             .map(([name, control]) => ({name, ...control}))"""
    )


def moves(element, control):
    """Ways to move one control: each a function that moves it by keyboard, mouse or typing."""
    at = element.locator(f'[data-control="{control["name"]}"]')
    match control["kind"]:
        case "slider":

            def press(*keys):
                def move():
                    at.focus()
                    for key in keys:
                        at.press(key)

                return move

            return [
                press("ArrowRight"), press("ArrowLeft"), press("PageUp", "PageUp"), press("PageDown", "PageDown"),
                press("End"), press("Home"),
            ]  # fmt: skip
        case "choice":
            others = [value for value in control["options"] if value != at.input_value()]
            return [lambda value=value: at.select_option(value) for value in others]
        case "toggle":
            return [lambda: at.press("Space")]
        case "steps":
            buttons = element.locator(f'.ab-control:has([data-control="{control["name"]}"]) button[data-do]').all()
            return [lambda button=button: button.press("Enter") for button in buttons]
        case "text":
            text = at.input_value()
            lines = text.split("\n")
            other_number = re.sub(r"0\.\d+", "0.0123", text, count=1)  # a text of prices stays one
            others = [
                text.replace("Allow", "Deny"),  # a policy stays one
                other_number,
                "\n".join(lines[: max(1, len(lines) // 2)]),
                "\n".join(lines[1:]),  # rules keep their last, a list loses its first
                text + "\nanother,7",
                text + "x",
                "another",
            ]
            return [lambda other=other: at.fill(other) for other in dict.fromkeys(others) if other != text]
    raise AssertionError(f"no way to move a {control['kind']}")
