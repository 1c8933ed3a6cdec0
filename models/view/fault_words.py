"""What is wrong with a file of cases or options, as the pages say it: where, what, why, and what to do.

The commands say the same in English, from the fault itself; nothing that people wrote is repeated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from models.view import scenario_words
from models.view.language import message

if TYPE_CHECKING:
    from models.scenario.faults import ScenarioFault
    from models.view.language import Language

_MOST = 20
_PLACES = {
    "file": message("Filen"), "name": message("Navn"), "what": message("Beskrivelse"), "services": message("Indsatser"),
    "start": message("Start"), "ages": message("Alder"), "n_citizens": message("Antal deltagere"), "costs": message("Pris"),
    "promise": message("Virkning"), "elsewhere": message("Andre, der vinder eller betaler"), "trial": message("Forsøg"),
    "evidence": message("Viden og kilde"), "run_id": message("Kørsel"), "price_level": message("Prisniveau"),
    "reasonable_pct": message("Rimelige vægte"), "certainty_pct": message("Sikkerhed"), "together": message("Alle år på én gang"),
    "citizens_weight_pct": message("Vægt på borgernes vurdering"), "decided": message("Besluttet"), "years": message("År"),
    "options": message("Mulighed"), "frames": message("Ramme"), "levels": message("Niveau"), "levers": message("Håndtag"),
}  # fmt: skip
_FAULTS = {
    "above_all": message("Virkningen er over 100 %. Ingen kan hjælpe flere væk, end der er. Skriv højst 100."),
    "above_enrolled": message("Virkningen når flere borgere, end der deltager. Sæt virkningen ned, eller lad flere deltage."),
    "above_service": message("Virkningen er større end indsatsen selv. Sæt den ned, eller nævn flere indsatser."),
    "interval": message("Tallene står i forkert rækkefølge, så intet kan regnes af dem. Skriv det mindste eller første først."),
    "cost_early": message("En udgift ligger før det år, indsatsen begynder i. Ret årstallet eller starten."),
    "twice": message("Det samme står to gange og ville tælle dobbelt. Behold det ene."),
    "never": message(
        "Muligheden kan aldrig vælges: det, den kræver, udelukker den eller hinanden. Ret, hvad den kræver og udelukker."
    ),
    "unknown": message("Den kræver eller udelukker en mulighed, der ikke er i filen. Ret navnet, eller tag det ud."),
    "levels": message("En mulighed har enten niveauer eller håndtag, ikke begge og ikke ingen af dem. Behold det ene."),
    "not_decided": message("Det kan kun afprøves, ikke besluttes. Tag det ud, og brug siden Scenarier."),
    "too_many": message("Der er flere usikre håndtag, end kørslen kan bære. Lad nogle stå uden interval."),
    "too_early": message("Håndtaget begynder, før det kan være sat i værk. Lad det begynde senere, eller ret opstartstiden."),
    "frame": message("Kørslen har ikke et budget for rammen i et af årene. Nævn en ramme og år, som kørslen viser."),
    "unknown_frame": message("Kørslen har ikke rammen eller viser den ikke. Nævn en, den viser."),
    "unknown_service": message("Kørslen har ikke indsatsen; den kan være nedlagt. Nævn en, kørslen har."),
    "unknown_group": message("Kørslen har ikke gruppen af indsatser. Nævn en, kørslen har."),
    "unknown_kind": message("Slagsen kendes ikke. Brug en fra håndtagskataloget."),
    "few_citizens": message("Få borgere får hjælpen, og et tal for den alene kunne fortælle om en enkelt. Tag den ud."),
    "no_volume": message("Kørslen ved ikke, hvor mange der får hjælpen, så færre kan ikke tælles. Nævn en anden indsats."),
    "outside_horizon": message("Måneden eller året ligger uden for det, kørslen fremskriver. Ret den."),
    "price_level": message("Beløbene er i et andet prisniveau end kørslens og kan ikke lægges sammen. Skriv dem i kørslens."),
    "run": message("Filen hører til en anden kørsel, og det gør dens tal også. Tag run_id ud for at se, hvad den siger i dag."),
    "cpr": message("Det ligner et cpr-nummer, og personnumre må ikke gemmes. Tag nummeret ud."),
    "unsafe_text": message("Teksten indeholder kode eller en formel og vises for andre. Skriv almindelig tekst."),
    "too_long": message("Teksten er for lang til at blive læst op. Kort den af."),
    "out_of_range": message("Tallet ligger uden for det, der kan være rigtigt. Ret det."),
    "not_a_number": message("Det er ikke et tal, så intet kan regnes af det. Skriv et tal."),
    "missing": message("Der mangler noget, som regnestykket skal bruge. Udfyld det."),
    "form": message("Det har ikke den form, der skal til. Et år og en måned skrives som 2027-03, en alder som 6-17 eller 67+."),
    "unknown_key": message("Navnet kendes ikke og ville blive overset. Ret det, eller tag det ud."),
    "unknown_word": message("Ordet er ikke et af dem, der kan vælges her. Se skemaet i docs/schemas."),
    "no_json": message("Filen er ikke JSON. Begynd med et af eksemplerne."),
}  # fmt: skip
_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")


def fault_lines(faults: tuple[ScenarioFault, ...], language: Language) -> list[str]:
    """One line per fault: its place, what stood there where it is a number, a code or a date, what is wrong, and what to do.

    Example:
        >>> from models.scenario.faults import ScenarioFault
        >>> from models.view.language import Language
        >>> fault_lines((ScenarioFault("above_all", "promise", "140", "", "", ""),), Language("da"))
        ['Virkning (140): Virkningen er over 100 %. Ingen kan hjælpe flere væk, end der er. Skriv højst 100.']
    """
    said = [
        f"{_place(fault.where, language)}{f' ({fault.value})' if fault.value else ''}: {language.text(_FAULTS[fault.code])}"
        if fault.code in _FAULTS
        else scenario_words.fault_lines((fault,), language)[0]
        for fault in faults[:_MOST]
    ]
    return [*said, language.text("og {n} fejl til", n=len(faults) - _MOST)] if len(faults) > _MOST else said


def _place(where: str, language: Language) -> str:
    """A place in the file in words: ``options[2].levels[0].start`` is the third option's first level, its start."""
    parts = []
    for name, number in _STEP.findall(where):
        word = language.text(_PLACES[name]) if name in _PLACES else name
        parts.append(f"{word} {int(number) + 1}" if number else word)
    return ", ".join(parts)
