# shellcheck shell=bash
# Every help text, as people see it.
m --version
m --help
for command in ingest parse info find trace sql verify gen; do
    m $command -h
    m $command --help
done
