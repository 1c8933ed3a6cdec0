"""Data: what came, what was set aside and what it is worth, by owner; files, balance and what the figures are made of."""

from __future__ import annotations

import streamlit as st

from app_pages.parts import Context, begin, current, finish, sentences, table
from models.view import late_invoices, quality


def show(context: Context) -> None:
    """Draw the page."""
    language = context.language
    t = language.text
    run = begin(context, t("Data"))
    if run is None:
        return
    with st.container(border=True):
        sentences(quality.lead_sentences(run, language))
    refused = quality.refused_files(run, language)
    if refused:
        st.header(t("Afviste filer"), anchor=False)
        table(context, quality.refused_table(refused, language), "afviste")
    st.header(t("Hvad skal rettes, og af hvem?"), anchor=False)
    owners = quality.owners_table(run, language)
    if owners.rows:
        table(context, owners, "ejere")
        table(context, quality.rules_table(run, language), "regler")
    else:
        st.success(t("Alle regler er overholdt."))
    st.header(t("Kom alt med?"), anchor=False)
    table(context, quality.balance_table(run, language), "afstemning")
    with st.expander(t("Alle filer")):
        table(context, quality.files_table(run, language), "filer")
    beside = (
        ("regninger", late_invoices.development_table(run, language)),
        ("bro", quality.bridge_table(run, language)),
        ("udfoerer", quality.provider_table(run, language)),
    )
    for key, shown in beside:
        if shown is not None:
            with st.expander(shown.caption):
                table(context, shown, key)
    st.header(t("Hvad er tallene lavet af?"), anchor=False)
    table(context, quality.lineage_table(run, language), "koersel")
    finish(context)


if __name__ == "__main__":
    show(current())
