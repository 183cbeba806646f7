"""The server daphne, which waits for clients that are busy: ``python -m patient_daphne``.

A second after its close frame it drops a connection whose client has not answered, and the frame
with it (autobahn's ``closeHandshakeTimeout``); a process with a thousand sockets takes longer.
"""

from __future__ import annotations

from daphne.cli import CommandLineInterface
from daphne.ws_protocol import WebSocketFactory

SECONDS = 300


class PatientFactory(WebSocketFactory):
    def resetProtocolOptions(self) -> None:  # autobahn's name
        super().resetProtocolOptions()
        self.closeHandshakeTimeout = SECONDS


if __name__ == "__main__":
    import daphne.server

    daphne.server.WebSocketFactory = PatientFactory  # it has no option for it
    CommandLineInterface.entrypoint()
