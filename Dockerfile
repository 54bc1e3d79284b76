# The processes of the distributed mode: one image, one process a container, which one is said by its command.
# By requirements-run.lock it holds neither the ClickHouse of the embedded mode nor a tool of the tests.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/footfall
COPY requirements-run.lock ./
RUN /opt/footfall/bin/pip install --require-hashes --requirement requirements-run.lock
COPY . ./
RUN /opt/footfall/bin/pip install --no-deps --no-build-isolation . \
    && /opt/footfall/bin/pip uninstall --yes setuptools pip

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin footfall
COPY --from=build /opt/footfall /opt/footfall
ENV PATH=/opt/footfall/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["footfall"]
