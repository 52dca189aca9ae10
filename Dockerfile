# The image that manifests/tacklebox runs: docs/discovery.md, "Running in a cluster".
#
#   docker build -t tacklebox:0.1.0 .

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src
# What is let in stands in .dockerignore.
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin tacklebox && \
    cp target/release/tacklebox /tacklebox

# glibc, libgcc and the certificates of public authorities; no shell and no package manager. Of the same Debian as the one before,
# so that the program finds the glibc that it was linked to.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="tacklebox" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/tacklebox/
COPY --from=build /tacklebox /usr/local/bin/tacklebox
# By number, so that the kubelet sees that it is not root: as manifests/tacklebox/deployment.yaml has it.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/tacklebox"]
