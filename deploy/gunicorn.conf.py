"""The server of a production installation: `.venv/bin/gunicorn --config deploy/gunicorn.conf.py`.

Read from the environment, as all configuration is: `WEB_BIND`, `WEB_WORKERS`, `WEB_THREADS`.
"""

import logging
import logging.config
import os
import sys
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from recportal import environment, logs  # noqa: E402  # found now

wsgi_app = "recportal.wsgi"
chdir = str(ROOT)
bind = environment.text("WEB_BIND", "127.0.0.1:8000")

# Requests wait for the database more than they compute, so that threads are what a worker needs. Each of them
# has a connection to the database: workers × threads stays below the server's max_connections.
worker_class = "gthread"
workers = environment.integer("WEB_WORKERS", 2, minimum=1, maximum=64)
threads = environment.integer("WEB_THREADS", 4, minimum=1, maximum=64)

# Seconds. A worker that shows no sign of life is replaced; one in a long import shows it, by another thread.
timeout = 60
# What running requests get when the service is stopped or reloaded. An import that is cut off writes nothing.
graceful_timeout = 60
# Longer than a proxy keeps a connection, so that it is never the one to find it closed.
keepalive = 75

limit_request_line = 8190  # bytes, as nginx allows: filters and cursors of lists are long

# The application alone decides (TRUSTED_PROXY) whether a proxy is believed. Nobody is believed here, loopback
# included: else "X-Forwarded-Proto: https" from there would count as TLS.
forwarded_allow_ips = ""

# Signs of life are written to a file, and not to a disk that may be slow.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # a mount, not a file
control_socket_disable = True

# No access log: the application writes a line for each request, without paths.
accesslog = None


def _at_caller(level: str) -> Any:
    """A log method whose records name the place that called it, and not the one that wraps it."""

    def log(self: Logger, message: Any, *args: Any, **options: Any) -> None:
        getattr(self.error_log, level)(message, *args, **{"stacklevel": 2, **options})

    return log


class JsonLogger(Logger):  # type: ignore[misc]  # has no types
    """The server's own messages, in the lines of the application."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        logging.config.dictConfig(logs.configuration(debug=False))
        logging.captureWarnings(True)
        # A record that cannot be written would be printed, arguments and all.
        logging.raiseExceptions = False

    critical, error, warning, info, debug, exception = map(
        _at_caller, ("critical", "error", "warning", "info", "debug", "exception")
    )


logger_class = JsonLogger
