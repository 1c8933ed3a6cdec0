"""The pages' own small style sheet: tables and the headline. Colours follow the theme through ``currentColor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.view.theme import Palette

STYLE = """<style>
.od-table {overflow-x: auto; margin: 0 0 .75rem 0;}
.od-table:focus-visible {outline: 3px solid currentColor; outline-offset: 2px;}
.od-table table {border-collapse: collapse; width: 100%; font-size: .95rem;}
.od-table caption {text-align: left; font-weight: 600; padding: .25rem 0 .5rem 0; caption-side: top;}
.od-table th, .od-table td {padding: .4rem .7rem; border-bottom: 1px solid color-mix(in srgb, currentColor 22%, transparent);
  text-align: left; vertical-align: top;}
.od-table thead th {border-bottom: 2px solid color-mix(in srgb, currentColor 55%, transparent); vertical-align: bottom;}
.od-table tbody th {font-weight: 400; min-width: 8.5rem;}
.od-table tbody td:not(.od-num) {min-width: 7rem;}
.od-table thead .od-num {white-space: normal;}
.od-table .od-num {text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;}
.od-table .od-sum th, .od-table .od-sum td {font-weight: 700;}
.od-lead {font-size: 1.15rem; line-height: 1.55; max-width: 62rem;}
.od-lead p {margin: 0 0 .55rem 0; font-size: inherit;}
.st-key-language_switch {position: fixed; top: .45rem; right: 1.5rem; width: auto; z-index: 999999;}
.od-head {display: flex; flex-wrap: wrap; gap: .5rem 2.6rem; align-items: flex-end;}
.od-head > div {min-width: 9rem;}
.od-head .od-name {font-size: .95rem;}
.od-head .od-value {font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.25;}
.od-head .od-main .od-value {font-size: 2.3rem; font-weight: 700;}
.od-head .od-word {font-size: .95rem;}
.od-tick {text-align: center; font-size: .85rem; line-height: 1; margin: -1.6rem 0 0 0;}
.od-mark {font-weight: 700; border: 1.5px solid currentColor; border-radius: .3rem; padding: .02rem .4rem; font-size: .82rem;
  white-space: nowrap; margin-left: .4rem;}
[data-testid="InputInstructions"] {display: none;}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {color: var(--od-note) !important; opacity: 1;}
[data-testid="stMain"] {scroll-padding-top: 13rem;}
.st-key-board > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] {flex-wrap: wrap;}
.st-key-board > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {
  min-width: min(28rem, 100%);}
.od-foot {font-size: .85rem; border-top: 1px solid color-mix(in srgb, currentColor 30%, transparent); margin-top: 1.5rem;
  padding-top: .6rem; overflow-wrap: anywhere;}
[data-testid="stLayoutWrapper"]:has(> .st-key-headline) {position: sticky; top: 3.7rem; z-index: 90;}
@media (max-height: 500px) {[data-testid="stLayoutWrapper"]:has(> .st-key-headline) {position: static;}}
.st-key-headline {background: var(--od-page, inherit); padding: .4rem 0 .6rem 0;
  border-bottom: 2px solid color-mix(in srgb, currentColor 30%, transparent);}
.block-container, [data-testid="stMainBlockContainer"] {padding-top: 1.4rem; max-width: 92rem;}
</style>"""


def document_language(code: str) -> str:
    """A script that tells the browser and the screen reader which language the page is in; ``code`` is one of our own."""
    return f"<script>document.documentElement.lang = '{code}';</script>"


def page_colour(colours: Palette) -> str:
    """The page's background for what stays in place when the page is scrolled."""
    return f"<style>:root {{--od-page: {colours.page}; --od-note: {colours.past};}}</style>"
