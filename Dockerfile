# pintail in a container. Built and started by docker-compose.yml; by hand: docker build -t pintail .
FROM debian:12 AS build
WORKDIR /src
# Before the sources, so that an edit doesn't fetch everything again.
COPY scripts scripts
RUN scripts/bootstrap build
COPY . .
RUN make build && strip build/release/pintail

FROM debian:12-slim
# Debian 12 gets only security fixes, so these stay the libraries that the build stage linked.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libcpp-httplib0.11 libfmt9 libpq5 libsimdjson14 libspdlog1.10 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 pintail \
    && useradd --system --uid 10001 --gid pintail --home-dir /data --shell /usr/sbin/nologin pintail \
    && install -d -o pintail -g pintail /data
COPY --from=build /src/.deps/duckdb/lib/libduckdb.so /src/.deps/librdkafka/lib/ /usr/local/lib/
COPY --from=build /src/build/release/pintail /usr/local/bin/
# Running it once shows at build time whether a library is missing.
RUN ldconfig && pintail --version

USER 10001:10001
WORKDIR /data
ENV PINTAIL_TARGET=/data/pintail.duckdb
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["pintail", "status"]
ENTRYPOINT ["pintail"]
CMD ["--help"]
