"""Errors as they are kept: class and place. Their text may quote somebody's data."""

import sys
from typing import Final

_LONGEST: Final = 300


def described(error: BaseException) -> str:
    """``smtplib.SMTPConnectError at smtplib.py:341``."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return name[:_LONGEST]
    file = traceback.tb_frame.f_code.co_filename
    above = max((entry for entry in sys.path if entry and file.startswith(f"{entry}/")), key=len, default="")
    place = file.removeprefix(f"{above}/") if above else file.rpartition("/")[2]
    return f"{name} at {place}:{traceback.tb_lineno}"[:_LONGEST]
