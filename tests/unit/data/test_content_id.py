"""Ids of content: stable, and never of a CPR number's shape."""

from __future__ import annotations

from hashlib import sha256

from data.content_id import content_id
from data.cpr import holds_cpr


def test_an_id_is_the_hash_s_beginning_but_where_that_reads_as_a_cpr_number() -> None:
    texts = [f"opdrift {number}" for number in range(3000)]
    plain = [f"s-{sha256(text.encode()).hexdigest()[:16]}" for text in texts]
    found = [content_id("s", text) for text in texts]
    bad = [holds_cpr(name) for name in plain]
    assert any(bad)
    assert not any(holds_cpr(name) for name in found)
    assert [one for one, is_bad in zip(found, bad, strict=True) if not is_bad] == [
        one for one, is_bad in zip(plain, bad, strict=True) if not is_bad
    ]
    assert len(set(found)) == len(found)
