"""How wide a text will be, without a browser: enough to know which labels fit beside each other."""

from __future__ import annotations

# thousandths of the font size: Arial's widths, which Helvetica and Liberation Sans share and the other system
# fonts of the theme come near
_WIDTHS = {
    191: "'", 222: "ijl", 260: "|", 278: " !,./:;I[\\]ft·", 333: "()-`r", 334: "{}", 355: '"', 389: "*", 469: "^",
    500: "Jcksvxyz", 549: "≤≥", 556: "#$0123456789?L_abdeghnopqu€–é", 576: "μ", 584: "+<=>~−×", 611: "FTZ",
    667: "&ABEKPSVXYÅ", 722: "CDHNRUw", 778: "GOQ", 833: "Mm", 889: "%", 944: "W", 1000: "…→", 1015: "@",
}  # fmt: skip
_WIDTH_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_OTHER = 600


def text_width(text: str, size: float) -> float:
    """Width in px at a font size in px."""
    return sum(_WIDTH_OF.get(letter, _OTHER) for letter in text) * size / 1000
