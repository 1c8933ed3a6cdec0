"""From the headers of an export to the text of one canonical column: coalesce, cut, translate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.mapping_model import ColumnRule, RowTest
    from data.reading.block import TextBlock

_NOTHING = pa.scalar(None, pa.string())


@dataclass(frozen=True)
class Cells:
    """Text of one canonical column.

    Attributes:
        text: (n,) text; null means missing.
        unreadable: (n,) rows that had a value which the rule couldn't cut as it says.
    """

    text: pa.Array
    unreadable: pa.Array


def cells_of(block: TextBlock, rule: ColumnRule, lists: Mapping[str, dict[str, str]], words: Mapping[str, str]) -> Cells:
    """Fill one column by its rule.

    Args:
        block: Physical rows as text.
        rule: The column's rule.
        lists: Shared value lists.
        words: Values for the placeholders of ``constant`` and ``default``.
    """
    if rule.constant is not None:
        return _sure(pa.repeat(pa.scalar(rule.constant.format_map(words), pa.string()), block.length))
    cells = cut(from_headers(block, rule), rule)
    text = translated(cells.text, rule.values or lists.get(rule.value_list, {}))
    if rule.default is not None:
        text = pc.if_else(cells.unreadable, text, pc.fill_null(text, rule.default.format_map(words)))
    return Cells(text, cells.unreadable)


def from_headers(block: TextBlock, rule: ColumnRule) -> pa.Array:
    """The first value that is there, or all of them joined; joined text is missing when any part is."""
    texts = [block.text(header) for header in rule.source]
    if len(texts) == 1:
        return texts[0]
    if rule.join is not None:
        return pc.binary_join_element_wise(*texts, pa.scalar(rule.join), null_handling="emit_null")
    return pc.coalesce(*texts)


def cut(text: pa.Array, rule: ColumnRule) -> Cells:
    """Take characters out, check the width, keep a part."""
    before = pc.is_valid(text)
    for character in rule.remove:
        text = pc.replace_substring(text, character, "")
    if rule.width is not None:
        text = pc.if_else(pc.equal(pc.utf8_length(text), rule.width), text, _NOTHING)
    if rule.positions is not None:
        text = pc.utf8_slice_codeunits(text, rule.positions[0] - 1, rule.positions[1])
    if rule.extract:
        text = pc.struct_field(pc.extract_regex(text, _named(rule.extract)), "kept")
    if rule.remove or rule.positions is not None or rule.extract:
        text = pc.utf8_trim_whitespace(text)
        text = pc.if_else(pc.equal(text, ""), _NOTHING, text)
    return Cells(text, pc.and_(before, pc.is_null(text)))


def translated(text: pa.Array, values: Mapping[str, str]) -> pa.Array:
    """The source's words replaced by ours, in any case; words that no list has stay as they are.

    Example:
        >>> translated(pa.array(["Mand", "kvinde", "?"]), {"mand": "M", "Kvinde": "K"}).to_pylist()
        ['M', 'K', '?']
    """
    if not values:
        return text
    folded = {word.lower(): ours for word, ours in values.items()}
    place = pc.index_in(pc.utf8_lower(text), pa.array(list(folded), pa.string()))
    return pc.coalesce(pc.take(pa.array(list(folded.values()), pa.string()), place), text)


def meant_by(block: TextBlock, test: RowTest) -> pa.Array:
    """Rows (bool, never null) that a row test is about; misshapen rows are never meant."""
    text = pc.fill_null(block.text(test.column), "")
    if test.values:
        meant = pc.is_in(text, pa.array(test.values, pa.string()))
    elif test.not_values:
        meant = pc.invert(pc.is_in(text, pa.array(test.not_values, pa.string())))
    else:
        meant = pc.invert(pc.match_substring_regex(text, f"^(?:{test.not_matching})$"))
    return pc.and_not(meant, block.misshapen)


def _named(expression: str) -> str:
    """The one group of an expression, named so that Arrow gives it back."""
    parts, escaped = [], False
    for index, character in enumerate(expression):
        opens = character == "(" and not escaped and expression[index + 1 : index + 2] != "?"
        parts.append("(?P<kept>" if opens else character)
        escaped = character == "\\" and not escaped
    return "".join(parts)


def _sure(text: pa.Array) -> Cells:
    return Cells(text, pa.array([False] * len(text), pa.bool_()))
