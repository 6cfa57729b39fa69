"""Texts of any characters, for hypothesis."""

from hypothesis import strategies as st

# Hypothesis would find out which characters UTF-8 has by trying each of them, for a second and more.
CHARACTERS = st.characters(exclude_categories=["Cs"])


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, max_size=most)
