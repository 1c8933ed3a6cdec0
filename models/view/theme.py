"""Colours of the charts, light and dark: each at least 3:1 (marks) or 4.5:1 (text) against its page (a test holds that)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours of one theme; meaning is always said in words or by shape too.

    Attributes:
        page: Background of the page.
        text: Text in charts.
        grid: Thin lines without meaning.
        past: What happened.
        expected: What is expected.
        band: The interval around it.
        over: More than the frame, or an increase.
        under: Less than the frame, or a decrease.
        frame: The frame.
    """

    page: str
    text: str
    grid: str
    past: str
    expected: str
    band: str
    over: str
    under: str
    frame: str


LIGHT = Palette(
    page="#ffffff",
    text="#1b1f27",
    grid="#d5d9e0",
    past="#3d4654",
    expected="#1d5fa8",
    band="#c9dcf2",
    over="#b3411f",
    under="#1b7358",
    frame="#1b1f27",
)
DARK = Palette(
    page="#12161d",
    text="#eef1f6",
    grid="#3b4352",
    past="#c3cad6",
    expected="#76b2f2",
    band="#2b4566",
    over="#f0936d",
    under="#5fc9a3",
    frame="#eef1f6",
)


def palette(theme: str | None) -> Palette:
    """The colours that belong to ``dark``; everything else is light.

    Example:
        >>> palette("dark") is DARK, palette(None) is LIGHT
        (True, True)
    """
    return DARK if theme == "dark" else LIGHT


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, relative luminance).

    Example:
        >>> round(contrast("#ffffff", "#000000"), 1)
        21.0
    """
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
