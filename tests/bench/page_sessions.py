"""Sessions without a browser: clients that speak the pages' own protocol, move sliders, and time the headline's answer."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

HEADLINE = "od-head"
PAUSE = (0.6, 1.4)
PATIENCE = 120.0


@dataclass
class Seen:
    """What one session saw.

    Attributes:
        seconds: From a moved slider to the headline, each move.
        errors: Exceptions that the page showed, and answers that never came.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class _Slider:
    widget_id: str
    fragment_id: str
    low: float
    high: float
    step: float
    value: float
    options: tuple[str, ...] = ()


class Session:
    """One open page."""

    def __init__(self, socket: ClientConnection, page: str, seed: int) -> None:
        """Begin on one page; ``seed`` chooses the sliders."""
        self._socket, self._page = socket, page
        self._chance = random.Random(seed)
        self._sliders: dict[str, _Slider] = {}
        self._script, self._query = "", ""
        self.seen = Seen()

    async def run(self, until: float) -> None:
        """Open the page, then move sliders until a moment of ``time.monotonic``."""
        await self._ask("", "")
        while time.monotonic() < until and self._sliders:
            await asyncio.sleep(self._chance.uniform(*PAUSE))
            slider = self._chance.choice(list(self._sliders.values()))
            steps = round((slider.high - slider.low) / slider.step)
            slider.value = slider.low + slider.step * self._chance.randrange(steps + 1)
            await self._ask(slider.widget_id, slider.fragment_id)

    async def _ask(self, widget_id: str, fragment_id: str) -> None:
        asked = BackMsg()
        asked.rerun_script.page_name = self._page
        asked.rerun_script.page_script_hash, asked.rerun_script.query_string = self._script, self._query
        asked.rerun_script.fragment_id = fragment_id
        for slider in self._sliders.values():
            state = asked.rerun_script.widget_states.widgets.add()
            state.id = slider.widget_id
            if slider.options:
                state.string_array_value.data.append(slider.options[round(slider.value)])
            else:
                state.double_array_value.data.append(slider.value)
        begun, answered = time.monotonic(), False
        await self._socket.send(asked.SerializeToString())
        while True:
            try:
                raw = await asyncio.wait_for(self._socket.recv(), PATIENCE)
            except TimeoutError:
                self.seen.errors.append("no answer")
                return
            told = ForwardMsg()
            told.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
            kind = told.WhichOneof("type")
            if kind == "delta" and told.delta.WhichOneof("type") == "new_element":
                answered = self._take(told, widget_id, begun, answered=answered)
            elif kind == "navigation":
                self._script = told.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = told.page_info_changed.query_string
            elif kind == "script_finished" and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                if widget_id and not answered:
                    self.seen.errors.append("no headline")
                return

    def _take(self, told: ForwardMsg, widget_id: str, begun: float, *, answered: bool) -> bool:
        element = told.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.seen.errors.append(element.exception.message[:200])
        elif kind == "slider" and not element.slider.disabled:
            one = element.slider
            options = tuple(one.options)
            value = one.default[0] if one.default else one.min
            if one.set_value:
                value = options.index(one.raw_value[0]) if options else one.value[0]
            elif one.id in self._sliders:
                value = self._sliders[one.id].value
            self._sliders[one.id] = _Slider(one.id, told.delta.fragment_id, one.min, one.max, one.step, value, options)
        elif kind == "html" and HEADLINE in element.html.body and widget_id and not answered:
            self.seen.seconds.append(time.monotonic() - begun)
            return True
        return answered


async def _one(address: str, page: str, seed: int, until: float) -> Seen:
    async with connect(f"{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None, ping_interval=None) as socket:  # type: ignore[list-item]
        session = Session(socket, page, seed)
        await session.run(until)
        return session.seen


def move_sliders(port: int, page: str, *, count: int, seconds: float) -> list[Seen]:
    """Let ``count`` sessions move sliders for some time, each on its own.

    Args:
        port: Of the server on this machine.
        page: Its address, e.g. ``scenarier``; empty for the first.
        count: How many sessions.
        seconds: How long.
    """

    async def every() -> list[Seen]:
        until = time.monotonic() + seconds
        return list(await asyncio.gather(*(_one(f"ws://127.0.0.1:{port}", page, seed, until) for seed in range(count))))

    return asyncio.run(every())
