# shellcheck shell=bash
# Why mail was refused or put off, by the built-in table and by rows of one's own.
reasons() {
    m sql "$1" "select 'delivery' as what, status, reason, blocklist, count(*) as n from deliveries group by all
        union all select 'refusal', action, reason, blocklist, count(*) from rejects group by all order by all"
}
m ingest . -o out >/dev/null
reasons out
mkdir tables
printf '# ours\n0\tpolicy\tany\ttext\tuser unknown\n0\t-\treject\tdsn\tx.7.1\n' >tables/own.tsv
m ingest . -o own --reasons tables/own.tsv >/dev/null
reasons own
printf '0\tpolicy\tany\ttext\tfine\n1\tspam\tany\tregex\t(a\n' >tables/bad.tsv
m ingest . -o bad --reasons tables/bad.tsv
printf '0\tspamm\tany\ttext\tx\n' >tables/bad.tsv
m ingest . -o bad --reasons tables/bad.tsv
m ingest . -o bad --reasons tables/nowhere.tsv
m ingest . -o bad --reasons ''
[ ! -e bad ]
