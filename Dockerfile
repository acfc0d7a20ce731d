# recportal as an image: what the lock file names, and the files that .dockerignore lets in. Nothing in it is secret.

FROM python:3.11-slim AS packages
COPY requirements.txt /requirements.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes --requirement /requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN groupadd --system --gid 10001 recportal \
    && useradd --system --uid 10001 --gid recportal --home-dir /srv/recportal --shell /usr/sbin/nologin recportal
COPY --from=packages /venv /venv
WORKDIR /srv/recportal
COPY . .
# The key signs nothing that outlives this line. The files stay root's: the service changes none of them.
RUN SECRET_KEY=only-while-static-files-are-collected python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q .

USER 10001:10001
# Large uploads and answers wait there: on the disk, and not in /tmp, which may be memory.
ENV WEB_BIND=0.0.0.0:8000 \
    TMPDIR=/var/tmp
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=1s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "recportal.server"]
