# shellcheck shell=bash
# Formats, ids, NULL and '', where the SQL may come from, several statements, names of folders that SQL could take amiss.
dataset="it's [a] \"data set\" *?"
empty_dataset "$dataset"
part "$dataset" links "select 9007199254740993::BIGINT as from_txn_id, NULL::BIGINT as to_txn_id, 'relay1' as from_host,
    'next_hop' as kind, '' as recipient, 1 as candidates, 77::BIGINT as line_offset
    union all select -5, 6, 'inbox1', 'bounce', NULL, 2, 5000000000"
for format in table ndjson csv; do
    m sql "$dataset" "select * from links order by from_host" --format $format
done
m sql "$dataset" "select timestamptz '2026-11-21 17:34:29.508471+00' as time, sum(line_offset) as total,
    1.50::DECIMAL(5,2) as share, [1,2] as list from links" --format ndjson
m sql "$dataset" "select count(*) as n from messages; select kind from links order by 1"
m sql "$dataset" "select 1 as a where false"
echo "select 'from a file' as source" >query.sql
m sql "$dataset" -f query.sql
echo "select 'from stdin' as source" | m sql "$dataset"
m sql "$dataset" "selec 1"
m sql "$dataset" "select nothing from links"
m sql "$dataset" ""
printf 'select 1\0' | m sql "$dataset"
m sql "$dataset" "describe coverage"
