#!/usr/bin/env bash
# make demo: ingest our own corpus of twenty-five documents and show what can be asked of the graph.
set -euo pipefail
cd "$(dirname "$0")/../.."
export KGFUSE_KB=.demo/kgfuse.db HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1
rm -rf .demo && mkdir .demo

run() {
    local word line='$ kgfuse'
    for word in "$@"; do
        case $word in *[!A-Za-z0-9/_.-]*) line+=" \"$word\"" ;; *) line+=" $word" ;; esac
    done
    printf '\n%s\n' "$line"
    kgfuse "$@"
}

run ingest tests/corpus/docs
run facts "Vardholm Energy Storage ASA" --relation chief_executive_of --history
run facts "Vardholm Energy Storage ASA" --as-of 2020-01-01
run conflicts

run ask "Who was chief executive of Vardholm in October 2020?"
run ask "What was Vardholm's revenue in 2020?"
printf '\nThe knowledge base is in .demo/kgfuse.db; ask it more:\n  .venv/bin/kgfuse ask --kb .demo/kgfuse.db "Who founded Brattvik Cells?"\n'
