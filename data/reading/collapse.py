"""Tables that are coarser than the file they come from: one row per key, or per case and price."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROW_NUMBER = "row_number"


def distinct(rows: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    """One row per key, in file order; of each column the first value there is. Rows without a key are no rows of it.

    Example:
        >>> table = pa.table({"k": ["a", "a", "b"], "label": [None, "A", "B"], "row_number": [2, 3, 4]})
        >>> distinct(table, ("k",)).to_pylist()
        [{'k': 'a', 'label': 'A', 'row_number': 2}, {'k': 'b', 'label': 'B', 'row_number': 4}]
    """
    rows = rows.filter(reduce(pc.and_, (pc.is_valid(rows[key]) for key in keys)))
    others = [name for name in rows.column_names if name not in keys]
    grouped = rows.group_by(list(keys), use_threads=False).aggregate([(name, "first") for name in others])
    renamed = grouped.rename_columns([name.removesuffix("_first") if name not in keys else name for name in grouped.column_names])
    return renamed.select(rows.column_names).sort_by(ROW_NUMBER)


def price_periods(rows: pa.Table) -> pa.Table:
    """Payments of cases -> one row per case and price, in file order.

    ``price_from`` comes in as the payment's date. The first price holds from the case's start; a later one from its first
    payment, kept inside the case. A payment of no case gives none. An end later than the newest payment in the file hasn't
    happened yet: it stays in ``planned_end`` only.

    Args:
        rows: Typed rows of ``cases`` with ``row_number``, one per payment.
    """
    rows = rows.filter(pc.is_valid(rows["case_id"])).combine_chunks()
    if not rows.num_rows:
        return rows
    days = {name: np.asarray(pc.fill_null(pc.cast(rows[name], pa.int32()), _NEVER)) for name in _DATES}
    case_number = _numbered(rows["case_id"])
    price = [pc.fill_null(pc.cast(rows[name], pa.string()), "") for name in ("price", "price_unit")]
    price_number = _numbered(pc.binary_join_element_wise(*price, "|"))
    order = np.lexsort((np.asarray(rows[ROW_NUMBER]), days["price_from"], case_number))
    new_case = np.r_[True, np.diff(case_number[order]) != 0]
    changed = new_case | np.r_[True, np.diff(price_number[order]) != 0]
    begins = np.where(new_case, days["start_date"][order], days["price_from"][order])
    kept = order[changed]
    start, end = days["start_date"][kept], days["ended_on"][kept]
    price_from = np.clip(begins[changed], np.minimum(start, end), end)
    newest = max((int(day) for day in days["price_from"] if day != _NEVER), default=_NEVER)
    found = _with_days(rows.take(pa.array(kept)), "price_from", price_from)
    return _with_days(found, "ended_on", np.where(end > newest, _NEVER, end)).sort_by(ROW_NUMBER)


def _numbered(text: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(text.combine_chunks().dictionary_encode().indices)


_NEVER = np.int32(2**31 - 1)
_DATES = ("start_date", "ended_on", "price_from")


def _with_days(rows: pa.Table, name: str, days: np.ndarray) -> pa.Table:
    array = pa.array(days.astype("int32"), mask=days == _NEVER).cast(pa.date32())
    return rows.set_column(rows.column_names.index(name), name, array)
