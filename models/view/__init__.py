"""What a page shows: figures, tables, charts and sentences out of published tables. No Streamlit, no storage, no clock."""
