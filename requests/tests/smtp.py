"""A mail server that takes one mail, for tests of sending: a socket and a dozen words of SMTP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Server:
    port: int = 0
    mails: list[str] = field(default_factory=list)


@contextmanager
def mail_server(refusing: str = "") -> Iterator[Server]:
    """Serve on a free port of this machine; `refusing` is the answer to whoever is written to."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(port=listening.getsockname()[1])

    def serve() -> None:
        try:
            while True:
                connection, _ = listening.accept()
                with connection, connection.makefile("rw", newline="\r\n") as lines:
                    _talk(lines, server, refusing)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server
    # Closing alone would not wake the one who waits for a caller.
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def _talk(lines, server: Server, refusing: str) -> None:
    def say(words: str) -> None:
        lines.write(words + "\r\n")
        lines.flush()

    say("220 test")
    for line in lines:
        word = line.split(maxsplit=1)[0].upper() if line.strip() else ""
        if word == "DATA":
            say("354 go on")
            taken = []
            for part in lines:
                if part.rstrip("\r\n") == ".":
                    break
                taken.append(part)
            server.mails.append("".join(taken))
            say("250 taken")
        elif word == "QUIT":
            say("221 bye")
            return
        else:
            say(refusing if refusing and word == "RCPT" else "250 fine")
