# The program and the libraries that it needs. Build it from a checkout: docker build -t prep .
FROM swift:6.1-bookworm AS build
# The image has no make; make build installs the libraries.
RUN apt-get update && apt-get install -y --no-install-recommends make
WORKDIR /prep
COPY . .
RUN make build

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        libarchive13 libdeflate0 libgif7 libjpeg62-turbo libpng16-16 libtiff6 libwebp7 libwebpdemux2 libzstd1 libnettle8 \
        zlib1g ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /prep/.build/release/prep /usr/local/bin/prep
ENTRYPOINT ["prep"]
