"""Pictures of every explorable of a built page, as it stands after Reset: light, dark, and 390 px wide.

python tools/look.py _build/only/ebs/_build/html book/storage/ebs.html    into _build/look/

A page nobody has looked at is not done. Needs Chromium (or Chrome), like the browser tests.
"""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

import chromium
import serve

ROOT = Path(__file__).parents[1]
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1100, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1100, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
# what stays on the screen would lie over a tall explorable
ALONE = ".bd-header, .bd-header-article, #pst-back-to-top, #pst-skip-link { display: none !important; }"


def pictures(address: str, folder: Path) -> list[Path]:
    """Writes <look>-<id>.png for each explorable of the page at `address`; returns the files."""
    from playwright.sync_api import Error, sync_playwright

    found = []
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(**chromium.options())
        except Error as error:
            if "Executable doesn't exist" not in str(error):
                raise
            sys.exit("look: no Chromium to look with: apt install chromium, or .venv/bin/playwright install chromium")
        for look, options in LOOKS.items():
            page = browser.new_context(reduced_motion="reduce", **options).new_page()
            page.goto(address)
            page.add_style_tag(content=ALONE)
            for element in page.locator("[data-explorable]").all():
                element.scroll_into_view_if_needed()
                element.locator(".ab-reset").click()
                page.locator(f'[id="{element.get_attribute("id")}"][data-state="ready"]:not([aria-busy])').wait_for()
                page.wait_for_timeout(200)  # the drawing follows the answer by a frame or two
                found.append(folder / f"{look}-{element.get_attribute('id')}.png")
                element.screenshot(path=found[-1])
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, help="folder of the built pages")
    parser.add_argument("page", help="path of the page in it")
    wanted = parser.parse_args()
    if not (wanted.site / wanted.page).is_file():
        sys.exit(f"look: no page {wanted.page} in {wanted.site}; build it first with tools/build.py")
    folder = ROOT / "_build" / "look"
    folder.mkdir(parents=True, exist_ok=True)
    made = serve.server(wanted.site)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    found = pictures(f"http://127.0.0.1:{made.server_address[1]}/{wanted.page}", folder)
    made.shutdown()
    print(f"look: {len(found)} pictures in {folder.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
