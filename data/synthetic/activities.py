"""Activities of the OS2BOS form: numbers, names and paragraph keys, and invented words beside them."""

from __future__ import annotations

# Service -> grouping where the catalogue leaves it open, activity number and name, paragraph under Serviceloven, its text, KLE.
# Numbers, names and KLE: OS2BOS taxonomy of 2020 (OS2bos/os2bos, MPL-2.0), taken over as single facts.
ACTIVITIES: dict[str, tuple[str, str, str, str, str, str]] = {
    "opholdssted": ("003", "015031", "Soc.pæd. opholdssteder", "SEL-52-3.7", "Anbringelse udenfor hjemmet", "27.27.42"),
    "eget_vaerelse": ("004", "015019", "Kost- og efterskoler", "SEL-52-3.7", "Anbringelse udenfor hjemmet", "27.27.39"),
    "plejefamilie": ("002", "015025", "Plejefamilier, vederlag", "SEL-52-3.7", "Anbringelse udenfor hjemmet", "27.27.26"),
    "boernehjem": (
        "002",
        "015008",
        "Døgninstitutioner vedr. sociale adfærdsproblemer",
        "SEL-52-3.7",
        "Anbringelse udenfor hjemmet",
        "27.27.26",
    ),
    "sikret_institution": (
        "999",
        "015030",
        "Sikrede institutioner, opholdsbetaling",
        "SEL-52-3.7",
        "Anbringelse udenfor hjemmet",
        "27.27.26",
    ),
    "familiebehandling": ("003", "015011", "Familiebehandling", "SEL-52-3.3", "Familiebehandling eller lignende", "27.27.09"),
    "fast_kontaktperson": (
        "007",
        "015017",
        "Kontaktperson",
        "SEL-52-3.6",
        "Kontaktperson til barnet/den unge/familien",
        "27.27.18",
    ),
    "stoetteophold": ("005", "015001", "Afløsning i hjemmet", "SEL-44-jfr. §84", "Aflastning, børn og unge", "27.27.15"),
    "ungestoette": ("010", "015003", "Anden støtte", "SEL-76-3.4", "Unge anbragt op til det 18. år", "27.27.00"),
    "saerlige_dagtilbud": ("999", "015033", "Særlige klubtilbud", "SEL-36", "Særlige klubtilbud", "27.18.24"),
    "kvindekrisecenter": ("002", "015020", "Kvindekrisecentre", "SEL-109", "Botilbud, kriseramte kvinder", "27.57.12"),
    "forsorgshjem": (
        "001",
        "015203",
        "Forsorgshjem",
        "SEL-110",
        "Midlertidige botilbud til personer med særlige sociale problemer",
        "27.57.16",
    ),
}
SUPPLEMENTS = (("015112", "Beklædning", 850.0), ("015178", "Tøj og lommepenge", 1240.0), ("015144", "Kørsel i egen bil", 1675.0))
STEPS = ("Trin 1: Tidlig indsats i almenområdet", "Trin 2: Forebyggelse", "Trin 3: Hjemmebaserede indsatser",
          "Trin 4: Anbringelse i slægt eller netværk", "Trin 5: Anbringelse i forskellige typer af tilbud")  # fmt: skip
WORKERS = ("Sanne Bro", "Ulla Kær", "Bo Dam", "Rie Lind", "Per Toft")
