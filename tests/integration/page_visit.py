"""One visit of a page as a browser makes it, over its socket: what the page is called, or what went wrong."""

from __future__ import annotations

import asyncio
import time

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

PATIENCE = 60.0


async def _visit(address: str, host: str, port: int) -> str:
    quiet = {"max_size": None, "ping_interval": None, "proxy": None}
    async with connect(address, subprotocols=["streamlit"], host=host, port=port, **quiet) as line:  # type: ignore[list-item]
        asked = BackMsg()
        asked.rerun_script.page_name = ""
        await line.send(asked.SerializeToString())
        title, until = "", time.monotonic() + PATIENCE
        while time.monotonic() < until:
            raw = await asyncio.wait_for(line.recv(), PATIENCE)
            told = ForwardMsg()
            told.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
            kind = told.WhichOneof("type")
            if kind == "delta" and told.delta.WhichOneof("type") == "new_element":
                element = told.delta.new_element
                which = element.WhichOneof("type")
                if which == "exception":
                    return f"exception {element.exception.message[:200]}"
                title = title or (element.heading.body if which == "heading" else "")
            elif kind == "script_finished":
                return title
    return "no end"


def visit(host: str, port: int, name: str = "") -> str:
    """The first heading of the first page.

    Args:
        host: Where it listens.
        port: The same.
        name: What the browser believes the machine is called; default ``host``.
    """
    return asyncio.run(_visit(f"ws://{name or host}:{port}/_stcore/stream", host, port))
