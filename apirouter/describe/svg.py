"""A picture in SVG, self-contained, readable on light and on dark.

1. Nothing is loaded: no script, no font, no style from elsewhere. Colours follow the reader's scheme.
2. Every word is text, escaped; what XML can't hold is shown as ``?``.
3. Words are set in a fixed-width face, so that their widths are known without measuring.
4. The same description gives the same bytes: numbers are rounded, nothing depends on a machine.
"""

from __future__ import annotations

import re
from html import escape

#: Width of a character, and height of a line, of the text that things are named in.
CHARACTER, LINE = 7.23, 18
#: The same of the small text below.
SMALL = 6.03

#: Characters that no XML document may hold.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Class -> its declarations on light, and on dark.
_STYLES = {
    "back": ("fill:#ffffff", "fill:#131416"),
    "name": ("fill:#1f2328", "fill:#e6e8eb"),
    "faint": ("fill:#656d76", "fill:#9198a1"),
    "title": ("fill:#1f2328;font-weight:600", "fill:#f0f2f4;font-weight:600"),
    "mount": ("fill:#0b57a4;font-weight:600", "fill:#7ab7ff;font-weight:600"),
    "line": ("stroke:#8c959f;fill:none", "stroke:#6e7681;fill:none"),
    "tip": ("fill:#8c959f", "fill:#6e7681"),
    "rule": ("stroke:#d8dee4;fill:none", "stroke:#30363d;fill:none"),
    "filter": ("fill:#f3f5f8;stroke:#afb8c1", "fill:#1f2329;stroke:#4b535d"),
    "app": ("fill:#ddf0e3;stroke:#2d8a4e", "fill:#12311e;stroke:#3fb068"),
    "other": ("fill:#fff5db;stroke:#b08800", "fill:#332a0c;stroke:#c69026"),
    "off": ("fill:none;stroke:#c3cad1;stroke-dasharray:3 3", "fill:none;stroke:#3d444d;stroke-dasharray:3 3"),
    "get": ("fill:#0b57a4", "fill:#2f7fd6"),
    "post": ("fill:#1a7f37", "fill:#2c9449"),
    "put": ("fill:#8a5a00", "fill:#a8740f"),
    "delete": ("fill:#b3261e", "fill:#cf4239"),
    "any": ("fill:#59636e", "fill:#6a737d"),
    "badge": ("fill:#ffffff;font-weight:600", "fill:#ffffff;font-weight:600"),
}


def width_of(text: str, character: float = CHARACTER) -> float:
    """Return how wide a text is drawn.

    :param text: the text.
    :param character: the width of one character.
    """
    return len(text) * character


class Picture:
    """A picture that is being drawn, from the top left corner; it grows with what is put into it.

    :param title: its title, for readers who don't see it.
    :param description: what it shows, for them as well.
    :param margin: how much stays free around it.
    """

    def __init__(self, title: str, description: str, margin: float = 20) -> None:
        self._title, self._description, self._margin = title, description, margin
        self._parts: list[str] = []
        self._width = self._height = 0.0

    def text(self, x: float, y: float, words: str, kind: str = "name", *, small: bool = False) -> float:
        """Write words, their base line at ``y``; return where they end.

        :param kind: how they look, a name of the style sheet.
        :param small: whether they are an aside.
        """
        size = ' font-size="10"' if small else ""
        shown = escape(_ILLEGAL.sub("?", words), quote=False)
        self._parts.append(f'<text class="{kind}" x="{_number(x)}" y="{_number(y)}"{size}>{shown}</text>')
        end = x + width_of(words, SMALL if small else CHARACTER)
        self._grow(end, y + 4)
        return end

    def box(self, x: float, y: float, width: float, height: float, kind: str, *, hint: str = "") -> None:
        """Draw a box.

        :param hint: shown when somebody points at it.
        """
        place = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
        inner = f"<title>{escape(_ILLEGAL.sub('?', hint), quote=False)}</title>" if hint else ""
        self._parts.append(f'<rect class="{kind}" {place} rx="4">{inner}</rect>')
        self._grow(x + width, y + height)

    def path(self, commands: str, kind: str = "line") -> None:
        """Draw a line by SVG's path commands, inside of what is drawn otherwise."""
        self._parts.append(f'<path class="{kind}" d="{commands}"/>')

    def arrow(self, x1: float, x2: float, y: float) -> None:
        """Draw an arrow to the right."""
        self.path(f"M{_number(x1)} {_number(y)}H{_number(x2 - 5)}")
        self.path(f"M{_number(x2)} {_number(y)}l-7 -3.5v7z", "tip")
        self._grow(x2, y + 4)

    def _grow(self, right: float, bottom: float) -> None:
        self._width, self._height = max(self._width, right), max(self._height, bottom)

    def render(self) -> str:
        """Return the document."""
        margin = self._margin
        width, height = _number(self._width + 2 * margin), _number(self._height + 2 * margin)
        light = "".join(f".{kind}{{{one}}}" for kind, (one, _) in _STYLES.items())
        dark = "".join(f".{kind}{{{one}}}" for kind, (_, one) in _STYLES.items())
        face = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(_ILLEGAL.sub("?", self._title))}">',
                f"<desc>{escape(_ILLEGAL.sub('?', self._description), quote=False)}</desc>",
                f"<style>text{{font:12px {face};white-space:pre}}text[font-size]{{font-size:10px}}{light}"
                f"@media (prefers-color-scheme:dark){{{dark}}}</style>",
                f'<rect class="back" width="{width}" height="{height}" rx="6"/>',
                f'<g transform="translate({_number(margin)} {_number(margin)})">',
                *self._parts,
                "</g>",
                "</svg>",
                "",
            ]
        )


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
