#!/bin/sh
# The demo: documents in, a temporal knowledge graph out. Run by `make demo`; KB names the ledger.
set -e
show() { printf '\n$ kgfuse %s\n' "$*"; kgfuse --kb "$KB" "$@"; }
show ingest tests/corpus/docs
show ingest tests/corpus/docs
show status
