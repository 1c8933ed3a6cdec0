"""The pages' own small style sheet: tables and the headline. Colours follow the theme through ``currentColor``."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.view.language import Language
    from models.view.theme import Palette

STYLE = """<style>
.od-table {overflow-x: auto; margin: 0 0 .75rem 0;}
.od-table:focus-visible {outline: 3px solid currentColor; outline-offset: 2px;}
.od-table table {border-collapse: collapse; width: 100%; font-size: .95rem;}
.od-table caption {text-align: left; font-weight: 600; padding: .25rem 0 .5rem 0; caption-side: top;}
.od-table th, .od-table td {padding: .4rem .7rem; border-bottom: 1px solid color-mix(in srgb, currentColor 22%, transparent);
  text-align: left; vertical-align: top;}
.od-table thead th {border-bottom: 2px solid color-mix(in srgb, currentColor 55%, transparent); vertical-align: bottom;}
.od-table table:has(thead th:nth-child(11)) :is(th, td) {padding-left: .4rem; padding-right: .4rem;}
.od-table tbody th {font-weight: 400; min-width: 8.5rem;}
.od-table tbody td:not(.od-num) {min-width: 7rem;}
.od-table thead .od-num {white-space: normal;}
.od-table .od-num {text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;}
.od-table .od-sum th, .od-table .od-sum td {font-weight: 700;}
.od-lead {font-size: 1.15rem; line-height: 1.55; max-width: 62rem;}
.od-lead p {margin: 0 0 .55rem 0; font-size: inherit;}
[data-testid="stLayoutWrapper"]:has(> .st-key-language_switch),
[data-testid="stElementContainer"]:has(> [data-testid="stHtml"] > script:only-child) {position: absolute; width: 1px !important;}
.st-key-language_switch {position: fixed; top: .45rem; right: 1.5rem; width: auto; z-index: 999999;}
@media (min-width: 769px) and (max-width: 1100px) {.st-key-language_switch {position: absolute; left: calc(100vw - 13rem);
  top: .4rem; right: auto; width: 11rem; min-width: 11rem; z-index: 1;}}
[data-testid="stTopNavSection"] p {font-size: 0;}
[data-testid="stTopNavSection"] p::after {content: var(--od-more); font-size: .95rem;}
.od-head {display: flex; flex-wrap: wrap; gap: .5rem 2.6rem; align-items: flex-end;}
.od-head > div {min-width: 9rem;}
.od-head .od-name {font-size: .95rem;}
.od-head .od-value {font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.25;}
.od-head .od-main .od-value {font-size: 2.3rem; font-weight: 700;}
.od-head .od-word {font-size: .95rem;}
.od-heading {font-size: 1.5rem; font-weight: 600; line-height: 1.2; margin: 0; padding: .5rem 0;}
.od-voice {margin: 0 0 1rem 0; padding-left: 1rem; border-left: 4px solid currentColor; max-width: 62rem;}
.od-voice blockquote {margin: 0; font-size: 1.1rem; line-height: 1.5; white-space: pre-line; overflow-wrap: anywhere;}
.od-list {margin: 0 0 .6rem 0; padding-left: 1.2rem; line-height: 1.5;}
.od-list li {margin: 0 0 .2rem 0; overflow-wrap: anywhere;}
.od-unseen {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;}
[data-testid="stBaseButton-primary"] p, [data-testid="stBaseButton-primary"] span,
[data-testid="stMultiSelect"] span[title], [data-testid="stMultiSelect"] span[title] ~ * {color: var(--od-page) !important;}
[data-testid="stFileUploaderDropzoneInstructions"] {display: none;}
[data-testid="stFileUploaderDropzone"] button p {font-size: 0;}
[data-testid="stFileUploaderDropzone"] button p::after {content: var(--od-choose); font-size: 1rem;}
[data-testid="InputInstructions"] {display: none;}
[data-testid="stElementToolbar"] button[aria-label^="Show data"] {display: none;}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {color: var(--od-note) !important; opacity: 1;}
[data-testid="stMain"] {scroll-padding-top: 13rem;}
[data-testid="stButtonGroup"] [role="radiogroup"] {flex-wrap: wrap; overflow: visible; mask-image: none;}
.st-key-board > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] {flex-wrap: wrap;}
.st-key-board > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {
  min-width: min(28rem, 100%);}
.od-foot {font-size: .85rem; border-top: 1px solid color-mix(in srgb, currentColor 30%, transparent); margin-top: 1.5rem;
  padding-top: .6rem; overflow-wrap: anywhere;}
[data-testid="stLayoutWrapper"]:has(> .st-key-headline) {position: sticky; top: 3.7rem; z-index: 90;}
@media (max-height: 500px) {[data-testid="stLayoutWrapper"]:has(> .st-key-headline) {position: static;}}
.st-key-headline {background: var(--od-page, inherit); padding: .4rem 0 .6rem 0;
  border-bottom: 2px solid color-mix(in srgb, currentColor 30%, transparent);}
.block-container, [data-testid="stMainBlockContainer"] {padding-top: 4.1rem; max-width: 92rem;}
[data-testid="stMainBlockContainer"] h1 {font-size: 1.9rem; padding: .2rem 0;}
[data-testid="stMainBlockContainer"] h2 {font-size: 1.5rem;}
</style>"""


_ROWS = """
ROWS {position: relative;}
ROWS::before {content: var(--od-marks, ''); display: var(--od-marked, none); position: absolute; top: .7rem;
  right: .9rem; font-weight: 700; border: 1.5px solid currentColor; border-radius: .3rem; padding: 0 .4rem; font-size: .82rem;}
ROWS .stSlider {position: relative;}
ROWS .stSlider label p {font-weight: 700; font-size: var(--od-row-type, inherit);}
ROWS .stSlider::after {content: '▲ 0'; position: absolute; bottom: -.35rem; font-size: .85rem;
  line-height: 1; left: calc(.5rem + (100% - 1rem) * var(--od-neutral, .5)); transform: translateX(-.35rem); white-space: nowrap;}
ROWS .stButton button {min-height: var(--od-row-button, 2.5rem);}
ROWS .stButton button, ROWS .stButton button * {gap: 0; margin: 0; justify-content: center;}
ROWS .stButton [data-testid="stIconMaterial"] {font-size: var(--od-row-icon, 1.25rem);}
ROWS .stButton button p {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;}
"""


def rows_rules(classes: Sequence[str]) -> str:
    """The style of sliders' rows, by their own classes.

    A rule for every class that begins with ``st-key-row_`` would be shorter, but the browser then looks through the whole page
    whenever any class on it changes: that was two thirds of its work on styles at every move of a slider.
    """
    return _ROWS.replace("ROWS", f":is({', '.join(f'.{name}' for name in classes)})")


COMMITTEE_STYLE = """<style>
html {font-size: clamp(18px, 1.45vw, 30px);}
[data-testid="stMainBlockContainer"] [data-testid="stElementContainer"]:has(h1) {position: absolute;
  width: 1px !important; height: 1px; overflow: hidden; clip-path: inset(50%);}
[data-testid="stMainBlockContainer"] {padding: 3.9rem 2.2rem 1rem 2.2rem;}
.st-key-headline {padding: .1rem 0 .3rem 0;}
.od-head {display: grid; grid-template-columns: 1.45fr 1fr 1fr 1.3fr; gap: .3rem 1.4rem;}
.od-head .od-value {font-size: 1.5rem; white-space: nowrap;}
.od-head .od-main .od-value {font-size: 2.7rem; line-height: 1.1;}
.od-head .od-name, .od-head .od-word {font-size: .95rem; line-height: 1.3;}
.od-head > div {min-width: 0;}
@media (max-width: 60rem) {.od-head {grid-template-columns: 1fr 1fr;} .od-head .od-main .od-value {font-size: 1.8rem;}
  .st-key-committee_board > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] {flex-wrap: wrap;}
  .st-key-committee_board > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {
    min-width: 100%;}}
[data-testid="stVerticalBlock"] {gap: .5rem;}
html {--od-row-type: 1.1rem; --od-row-button: 3.2rem; --od-row-icon: 2rem;}
.od-lead {font-size: 1.35rem;}
:is(.st-key-icon_undo, .st-key-icon_reset) :is(button, button *) {gap: 0; margin: 0; justify-content: center;}
:is(.st-key-icon_undo, .st-key-icon_reset) button p {position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;}
@media (min-width: 769px) and (max-width: 1100px) {
  .st-key-language_switch:not(:focus-within) {clip-path: inset(50%);}}
[data-testid="stSlider"] [role="slider"] {width: 1.6rem; height: 1.6rem;}
.od-full {font: inherit; min-height: 2.5rem; padding: .3rem .9rem; border: 1px solid currentColor; border-radius: .5rem;
  background: transparent; color: inherit; cursor: pointer;}
.od-full:focus-visible {outline: 3px solid currentColor; outline-offset: 2px;}
:fullscreen [data-testid="stHeader"], :fullscreen .st-key-language_switch {display: none;}
:fullscreen [data-testid="stLayoutWrapper"]:has(> .st-key-headline) {top: 0;}
.od-spread {max-width: 42rem; margin: .6rem 0 1.2rem 0;}
.od-scale {position: relative; height: 1.4rem; border-bottom: 3px solid currentColor;}
.od-bar {position: absolute; top: .2rem; height: .9rem; background: color-mix(in srgb, currentColor 35%, transparent);}
.od-middle {position: absolute; top: -.1rem; height: 1.5rem; width: 5px; margin-left: -2px; background: currentColor;}
.od-ends {position: relative; height: 1.4rem;}
.od-ends span {position: absolute; transform: translateX(-50%); white-space: nowrap;}
</style>"""
"""Large type and little else, for a projector."""


def full_screen(label: str) -> str:
    """A button that fills the screen, and leaves it again; Escape does too."""
    script = (
        "for (const button of document.querySelectorAll('.od-full')) button.onclick = () => document.fullscreenElement"
        " ? document.exitFullscreen() : document.documentElement.requestFullscreen();"
    )
    named = escape(label, quote=True)
    return f'<button type="button" class="od-full" title="{named}">{named}</button><script>{script}</script>'


def document_language(code: str) -> str:
    """A script that tells the browser and the screen reader which language the page is in; ``code`` is one of our own."""
    return f"<script>document.documentElement.lang = '{code}';</script>"


def page_values(colours: Palette, language: Language) -> str:
    """The page's background, for what stays in place when scrolled, and words that Streamlit says in English only."""
    words = f"--od-choose: '{language.text('Vælg fil')}'; --od-more: '{language.text('Flere sider')}';"
    return f"<style>:root {{--od-page: {colours.page}; --od-note: {colours.past}; {words}}}</style>"
