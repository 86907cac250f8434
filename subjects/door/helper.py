"""The process that reads ahead for the door: `python -m subjects.door.helper DESCRIPTOR`.

It gets what the door knows of the file, then its bytes, and gives back prepared chunks. It opens
no database, and ends quietly when the door does.
"""

import pickle
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

import django


def serve(connection: Connection) -> None:
    from subjects.door.ahead import Given, lines_of
    from subjects.door.beside import collecting_seldom
    from subjects.door.chunks import prepared_chunks

    terms = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the door
    lines = lines_of(Given(connection))
    with collecting_seldom() as collect:
        for chunk in prepared_chunks(lines, terms):
            connection.send_bytes(pickle.dumps(chunk, pickle.HIGHEST_PROTOCOL))
            collect()
    connection.send_bytes(pickle.dumps(None))


if __name__ == "__main__":
    django.setup()
    with suppress(EOFError, ConnectionError, KeyboardInterrupt):
        serve(Connection(int(sys.argv[1])))
