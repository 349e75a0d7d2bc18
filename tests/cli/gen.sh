# shellcheck shell=bash
# gen: a log and its truth; the same flags, the same bytes; nothing is overwritten or left half.
m gen
m gen -o
m gen -o log extra
m gen -o log --dialect postfix,courier
m gen -o log --size 0
m gen -o log --hosts 65
m gen -o log --new-addresses 1.5
m gen -o log --from 2026-02-30x
m gen -o - --rotate 1M
m gen -o log --size 200K --seed 7 --truth truth
head -n 3 log | cut -c 1-100
for table in messages deliveries rejects; do
    echo "$table: $(wc -l <truth/$table.ndjson) rows, columns of the first: $(head -n 1 truth/$table.ndjson | grep -o '"[a-z_]*":' | tr -d '\n')"
done
m gen -o log --size 200K
m gen -o other --size 200K --seed 7 --truth truth
m gen -o log --size 200K --seed 7 --truth truth2
m gen -o again --size 200K --seed 7 --truth truth2
cmp log again && diff -r truth truth2 && echo "the same bytes"
m gen -o again --force --size 200K --seed 8
cmp -s log again || echo "another seed, another log"
"$PROGRAM" gen -o - --size 200K --seed 7 2>/dev/null | cmp - log && echo "standard output has the same"
"$PROGRAM" gen -o - --size 50M 2>/dev/null | head -n 1 | wc -l
m gen -o pieces --size 200K --seed 7 --rotate 60K
ls pieces*
cat $(ls -r pieces.*) pieces | cmp - log && echo "pieces are the log, cut between lines"
for piece in pieces*; do [ -z "$(tail -c 1 "$piece")" ] || echo "$piece ends within a line"; done
m gen -o missing/log
mkdir folder
m gen -o folder --force
ls -a folder
m gen -o years --years 2 --from 2020-03-01 --stamps rfc3339 --tz -03:00 --lines 2000
cut -c 1-7 years | sort -u | sed -n '1p;$p'
m gen -o twice --duplicates
m gen -o twice --size 200K --rate 20 --seed 7 --rotate 60K --duplicates --truth truth3
ls twice* && cat truth3/duplicates.ndjson && gzip -dc twice.1.gz | cmp - twice.1 && cmp twice.2 twice.2.copy
