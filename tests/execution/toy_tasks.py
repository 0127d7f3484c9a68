"""Tasks for the executor's tests: worker processes import this file, so it imports nothing heavy."""

import os
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path


class AwkwardError(Exception):
    """An error that pickles but does not unpickle, as some libraries' do."""

    def __init__(self, well: str, field: int) -> None:
        super().__init__(f"{well} {field}")


def square_root(number: float) -> float:
    if number < 0:
        raise ValueError(f"no root of {number}")
    return number**0.5


def raise_awkward(number: int) -> int:
    if number == 3:
        raise AwkwardError("B03", number)
    if number == 4:
        sys.exit("the task wants to leave")
    return number


def crash_on_13(number: int) -> int:
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.002)
    return number


def crash_once(marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def die_while_answering(number: int) -> int:
    if number == 5:
        send = Connection._send

        def send_half(self: Connection, buffer: bytes) -> None:
            send(self, bytes(buffer)[: len(buffer) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

        Connection._send = send_half
    return number


def threads_of_worker(name: str) -> str | None:
    return os.environ.get(name)


def sleep_long(folder: str) -> None:
    Path(folder, f"{os.getpid()}.started").touch()
    time.sleep(60)
