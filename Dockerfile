# Lookout in a container: CPU only, no root, data in one volume. How to build and run it: README.md, "In a container".
FROM python:3.12-slim

# PyPI's torch for Linux brings gigabytes of CUDA libraries. TORCH_INDEX is the address of PyTorch's own CPU builds.
ARG TORCH_INDEX=""

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1 LOOKOUT_DATA=/data \
    LOOKOUT_LISTEN=0.0.0.0:8000

RUN useradd --create-home --uid 1000 lookout && install --directory --owner=lookout /data

# Reads letters that were scanned.
RUN apt-get update && apt-get install -y --no-install-recommends tesseract-ocr && rm -rf /var/lib/apt/lists/*

RUN pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "torch==2.13.0" \
    && python -c "import torch, sys; torch.version.cuda and sys.exit('this torch carries CUDA: build with --build-arg TORCH_INDEX=..., see README.md')"

WORKDIR /app
COPY pyproject.toml README.md feeds.yaml ./
COPY bot ./bot
RUN pip install . && rm -rf build

USER lookout
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5m --timeout=30s --start-period=15m CMD ["lookout", "feeds", "--alive"]
STOPSIGNAL SIGTERM
CMD ["lookout", "run"]
