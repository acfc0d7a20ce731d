"""Large answers, written down as a whole before the first byte of them leaves."""

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from django.http import FileResponse

#: Bytes that stay in memory; what is longer goes to a file among the system's temporary ones.
_IN_MEMORY: Final = 2**20


class _Spool(SpooledTemporaryFile[bytes]):
    """Closes itself when an answer is thrown away unread, as that to HEAD is."""

    def __del__(self) -> None:
        # Not `close()`: Django makes it that of the answer, which would end another request's connection.
        self._file.close()


def spooled(texts: Iterable[str]) -> IO[bytes]:
    """The texts one after another in a temporary file, opened at its beginning; it goes when it is closed.

    What fails in the middle fails before anything is sent, and a slow reader keeps no transaction open.
    """
    file: IO[bytes] = _Spool(_IN_MEMORY)  # closed by the one who sends it
    try:
        for text in texts:
            file.write(text.encode())
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def answer_with(file: IO[bytes], content_type: str, headers: dict[str, str] | None = None) -> FileResponse:
    """The file as an answer with its length, so that a reader who gets less of it knows."""
    return FileResponse(file, content_type=content_type, headers=headers)
