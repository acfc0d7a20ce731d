"""How much the proof tries: `make soak` sets ``RECPORTAL_SOAK=1`` for the numbers of docs/proofs.md; fewer
show the same in less time.
"""

import os
from typing import Final, TypeVar

_Number = TypeVar("_Number")

IS_SOAK: Final = os.environ.get("RECPORTAL_SOAK", "0") not in ("", "0")


def soak(full: _Number, otherwise: _Number) -> _Number:
    """``full`` when all numbers are wanted, else the smaller one."""
    return full if IS_SOAK else otherwise
