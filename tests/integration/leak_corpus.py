"""Files and commands that hold numbers and names where none belong: each is an error path that might repeat them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
from leak_scan import NAMES, NUMBERS

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO, THREE = NUMBERS
NAME = " ".join(NAMES[:2])
CASES = (
    "case_id;citizen_id;birth_month;sex;recorded_on;service;start_date;planned_end;ended_on;price;price_from;price_unit;"
    "provider_type;paying_municipality"
)
POSTINGS = (
    "posting_id;accounting_year;accounting_period;posted_on;service_month;function;account_class;owner;grouping;"
    "expense_type;cost_object;citizen_id;case_id;amount_dkk"
)


def _case(**more: str) -> str:
    values = {
        "case_id": "S1", "citizen_id": ONE, "birth_month": "1980-01-01", "sex": "M", "recorded_on": "2025-01-10",
        "service": "SEL-107", "start_date": "2025-01-01", "planned_end": "", "ended_on": "", "price": "3000,00",
        "price_from": "2025-01-01", "price_unit": "day", "provider_type": "own", "paying_municipality": "151",
    }  # fmt: skip
    return ";".join((values | more)[name] for name in CASES.split(";"))


def _posting(**more: str) -> str:
    values = {
        "posting_id": "B1", "accounting_year": "2026", "accounting_period": "1", "posted_on": "2026-01-15", "service_month": "",
        "function": "52820", "account_class": "1", "owner": "1", "grouping": "003", "expense_type": "47", "cost_object": "XG-100",
        "citizen_id": ONE, "case_id": "S1", "amount_dkk": "100,00",
    }  # fmt: skip
    return ";".join((values | more)[name] for name in POSTINGS.split(";"))


def bad_files(inbox: Path) -> int:
    """Write them; how many."""
    texts: dict[str, str] = {}
    for at, column in enumerate(CASES.split(";")):
        texts[f"cases_2026-{at % 12 + 1:02d}_{at}.csv"] = (
            f"{CASES}\n{_case(**{column: f'{NAME} {TWO}'})}\n{_case(case_id='S2')}\n"
        )
    for at, column in enumerate(POSTINGS.split(";")):
        texts[f"postings_{2010 + at}.csv"] = f"{POSTINGS}\n{_posting(**{column: f'{TWO} {NAME}'})}\n{_posting(posting_id='B2')}\n"
    texts |= {
        f"cases_2025-01 {ONE}.csv": f"{CASES}\n{_case()}\n",
        "cases_2025-02.csv": f"{CASES}\n{_case(service=chr(34) + NAME)}\n",
        "cases_2025-03.csv": f"{CASES}\n{_case()};{NAME};{TWO}\n",
        "cases_2025-04.csv": f"{CASES};navn\n{_case()};{NAME}\n",
        "cases_2025-05.csv": f"{CASES.replace('service', TWO)}\n{_case()}\n",
        "cases_2025-06.csv": f"{NAME}\n{TWO}\n",
        "cases_2025-07.csv": f"{CASES}\n{_case()}\n{_case()[:40]}",
        "cases_2025-08.csv": f"{CASES}\n{_case(price=THREE)}\n",
        "cases_2025-09.csv": f"{CASES}\n{_case(price=THREE.replace('-', ''))}\n",
        "postings_2030.csv": f"{POSTINGS}\n{_posting(amount_dkk=NAME)}\n",
        f"{TWO}.txt": NAME,
        "ukendt.csv": f"{NAME};{TWO}\n",
    }
    for name, text in texts.items():
        (inbox / name).write_text(text, encoding="utf-8")
    (inbox / "cases_2025-10.csv").write_bytes(f"{CASES}\n{_case(service=NAME)}\n".encode("utf-16"))
    (inbox / "cases_2025-11.csv").write_bytes(f"{CASES}\n{_case()}".encode() + b"\xff\xfe\x00" + NAME.encode())
    book = openpyxl.Workbook()
    for row in ([NAME, TWO], [ONE, 3]):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    (inbox / "budget.xlsx").write_bytes(out.getvalue())
    (inbox / "frames.xlsx").write_bytes(out.getvalue()[:200] + NAME.encode())
    return len(texts) + 4


def bad_commands(folder: Path) -> list[tuple[str, ...]]:
    """Commands with a number or a name where none belongs; the folder takes the files they name."""
    scenario = folder / "scenarie.json"
    scenario.write_text(f'{{"name": "{NAME} {ONE}", "levers": [{{"kind": "{TWO}"}}]}}', encoding="utf-8")
    series = folder / "series.csv"
    series.write_text(f"series_id,month,cost\n{ONE},{NAME},{TWO}\n", encoding="utf-8")
    entry = ("--kind", "placement", "--frame", "50.54", "--from", "2027-03-01", "--amount-dkk", "1000", "--per", "month")
    return [
        ("adjustment", "add", *entry, "--reason", f"{NAME} {ONE}", "--who", "KN"),
        ("adjustment", "add", *entry, "--reason", "Ny placering", "--who", ONE),
        ("adjustment", "withdraw", ONE, "--who", "KN"),
        ("scenario", "evaluate", str(scenario)),
        ("scenario", "show", ONE),
        ("verify", ONE),
        ("log", "--accept", f"{ONE} {NAME}", "--who", "KN"),
        ("log", "--kind", TWO),
        ("drift", "--from", ONE, "--to", "2026"),
        ("run", "--as-of", ONE),
        ("forecast", "--series", str(series), "--horizon", "12", "--out", str(folder / "out.csv")),
        ("status",),
        ("doctor", "--json"),
        ("erase", "--who", ONE),
        ("erase", "--who", "DPO", "--legal-basis", f"Vedr. {ONE} fejl"),
        ("insight", "--who", "DPO", "--out", str(folder / "indsigt.json")),
        ("rectify", "--who", "DPO"),
    ]
