# shellcheck shell=bash
# Wrong usage: a sentence, the nearest right word, exit code 2.
m
m ingst logs
m trace dataset
m find
m find out --frm a@b
m find out --from a@b --from c@d
m find out --to ''
m find out --client 192.0.2.300
m find out --client 192.0.2.0/33
m find out --domain a@b
m find out --status bouncd
m find out --since yesterday
m find out --until 2026-02-30
m find out --since 2026-03-01T25:00
m find out --limit many
m find out --raw
m trace out --count --to a@b
m sql out --from a@b
m find . --display-tz Mars/Olympus
m --threads 2
m ingest relay1.log
m ingest -o out
m ingest --thread 2 -o out relay1.log
m ingest relay1.log -o
m ingest relay1.log -o out --threads 2x
m ingest relay1.log -o out --threads 99999999999999999999
m ingest relay1.log -o out --tz Europe/Atlantis
m ingest relay1.log -o out --force=yes
m parse
m parse relay1.log --format table
m parse missing.log
m info missing
m info relay1.log
m sql . 'select 1'
m sql missing -f missing.sql
m sql out 'select 1' -f query.sql
MAILSTRATA_SIMD=mmx m --version
ls
