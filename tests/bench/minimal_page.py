"""The reference of the browser measurements: eight sliders, one chart, one headline, in a fragment; nothing is worked out."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st


@st.fragment
def board() -> None:
    """Everything on the page."""
    place = st.container()
    values = [st.slider(f"Slider {number}", -10.0, 10.0, 0.0, 0.5, key=f"s{number}") for number in range(8)]
    with place:
        st.html(f'<div class="od-head"><div class="od-main"><div class="od-value">{sum(values):.1f}</div></div></div>')
    data = pd.DataFrame({"x": range(8), "y": values})
    st.altair_chart(alt.Chart(data).mark_line().encode(x="x", y="y"), width="stretch")


board()
st.html('<div class="od-foot">.</div>')
