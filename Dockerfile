# The bot with its engine; configuration is mounted at /config, state lives in /data.
FROM python:3.11-slim AS build
WORKDIR /src
# A C compiler for the quick half of the intake; without it everything works, more slowly.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml setup.py constraints.txt README.md ./
COPY bot bot
COPY core core
COPY workflows workflows
RUN python -m venv /opt/goldilocks \
    && /opt/goldilocks/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 goldilocks && install -d -o goldilocks /data /config
COPY --from=build /opt/goldilocks /opt/goldilocks
ENV PATH=/opt/goldilocks/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MLFLOW_DISABLE_TELEMETRY=true \
    GOLDILOCKS_CONFIG=/config \
    GOLDILOCKS_DATA=/data \
    GOLDILOCKS_HOST=0.0.0.0
USER goldilocks
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"
ENTRYPOINT ["goldilocks"]
CMD ["serve"]
