"""Uden skjul: single services' totals unsuppressed, and keyed case rows, each for the role that may; every look is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import Context, begin, current, finish, table
from models.view.plain_totals import case_table, totals_table
from models.view.roles import CASES, UNSUPPRESSED, may

if TYPE_CHECKING:
    from models.view.run import RunView


def show(context: Context) -> None:
    """Draw the page; who may not see it is told so, whatever address was typed."""
    t = context.language.text
    run = begin(context, t("Uden skjul"))
    if run is None:
        return
    if not may(context.role, UNSUPPRESSED):
        st.info(t("Din rolle må ikke se tal uden skjul."))
        return
    st.warning(
        t("Tallene kan røbe enkelte borgere. De er til dit arbejde og må ikke gives videre. Hver visning skrives i loggen.")
    )
    if st.toggle(t("Vis indsatsernes tal"), key="show_totals"):
        context.note("unsuppressed", "plain_totals")
        found = context.plain_totals()
        if found is None:
            st.info(t("Kørslen har ingen fil med tal uden skjul på denne maskine."))
        else:
            table(context, totals_table(context.language, run, found), "uden_skjul")
    if may(context.role, CASES):
        _cases(context, run)
    finish(context)


def _cases(context: Context, run: RunView) -> None:
    t = context.language.text
    names = {str(key): run.label(context.language, "service", str(key)) for key in run.tables["services"]["service"]}
    service = st.selectbox(t("Indsats"), list(names), format_func=names.__getitem__, key="case_service", width=460)
    if not st.toggle(t("Vis sager"), key="show_cases"):
        return
    context.note("cases", f"case_rows {service}")
    rows = context.case_rows()
    own = None if rows is None else rows[rows["service"] == service]
    if own is None or own.empty:
        st.info(t("Kørslen har ingen sager på denne maskine."))
    else:
        table(context, case_table(context.language, own), "sager")


if __name__ == "__main__":
    show(current())
