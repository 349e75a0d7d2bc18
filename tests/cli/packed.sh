# shellcheck shell=bash
# The same log, packed in every way: the same rows, to the byte. Members of archives are sources. What is cut or damaged gives
# what it holds; what blows up stays within memory.
for _ in $(seq 40); do cat relay1.log; done >many.log
small="--segment-bytes 20000 --stripe-bytes 100000"
mkdir packed
half=$((17 * $(wc -c <relay1.log)))
head -c $half many.log >first
tail -c +$((half + 1)) many.log >second
gzip -c many.log >packed/whole.gz
{ gzip -c first; gzip -c second; } >packed/members.gz
xz -c many.log >packed/whole.xz
xz -c --block-size=30000 many.log >packed/blocks.xz
zstd -qc many.log >packed/whole.zst
{ zstd -qc first; printf 'P*M\030\004\000\000\000skip'; zstd -qc second; } >packed/frames.zst
bzip2 -c many.log >packed/whole.bz2
{ bzip2 -c first; bzip2 -1c second; } >packed/streams.bz2
lz4 -qc many.log >packed/whole.lz4
{ lz4 -qc first; lz4 -qc second; } >packed/frames.lz4
# the same bytes at each run: what damage does depends on them
same=(--mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644)
cp many.log packed/tarred.log && tar cf packed/whole.tar "${same[@]}" -C packed tarred.log
gzip -nc packed/whole.tar >packed/whole.tar.gz && gzip -n packed/tarred.log
tar cf packed/packed.tar "${same[@]}" -C packed tarred.log.gz && rm packed/tarred.log.gz
python3 -m zipfile -c packed/whole.zip many.log
python3 -m zipfile -c packed/tar.zip packed/whole.tar
rows() { # all tables but files, which names the source
    (cd "$1/current" && find . -name '*.parquet' ! -path './files/*' | sort | xargs cat | md5sum)
}
# shellcheck disable=SC2086
"$PROGRAM" ingest many.log -o plain $small --threads 1 2>/dev/null
for file in packed/*; do
    # shellcheck disable=SC2086
    "$PROGRAM" ingest "$file" -o "d-${file##*/}" $small --threads 3 2>/dev/null
    [ "$(rows plain)" = "$(rows "d-${file##*/}")" ] || echo "$file: other rows"
    "$PROGRAM" sql "d-${file##*/}" "select path, compression, status, n_lines from files" --format csv | tail -n 1
done
m sql d-whole.tar.gz "select sum(n_lines_message) > 0 as has_messages from files" --format csv
# lines are read again from members of archives
m ingest packed/tar.zip inbox1.log -o nested | grep '^lines'
id=$("$PROGRAM" sql nested "select queue_id from messages order by line_offset, file_id limit 1" --format csv | tail -n 1)
m trace nested --queue-id "$id" --raw | grep -c 'packed/tar.zip!whole.tar!tarred.log'
m parse 'packed/tar.zip!whole.tar!tarred.log' | wc -l
m parse 'packed/tar.zip!whole.tar!other.log'
# all of a folder's formats at once, in any order, cut and damaged
mkdir hurt
for file in packed/*; do
    size=$(stat -c %s "$file")
    head -c $((size * 2 / 3)) "$file" >"hurt/cut-${file##*/}"
    { head -c $((size / 2)) "$file"; printf 'damage!'; tail -c +$((size / 2 + 8)) "$file"; } >"hurt/bad-${file##*/}"
done
m ingest hurt -o bad | grep exit
# what looks whole: plain tars have no checksums, and end in padding
m sql bad "select path, status, error from files where status = 'ok' or not (contains(error, ' byte ') or contains(error, ' bytes ')
    or contains(error, ' near ')) order by path" --format csv
m sql bad "select status, count(*) > 9 as many from files where status <> 'ok' group by all order by all"
# bombs: 500 MB of one line, 50 MB of short lines, in a few KB; unpacked with little memory
head -c 500000000 /dev/zero | zstd -qc >line.zst
{ yes 'Jan  1 00:00:00 h postfix/qmgr[1]: ABCDEF0123: removed' || true; } | head -c 50000000 | bzip2 -c >lines.bz2
(
    grep -qE '__(a|t)san_init' "$PROGRAM" || ulimit -v 1500000 # sanitizers reserve terabytes
    "$PROGRAM" parse line.zst | wc -l
    "$PROGRAM" parse lines.bz2 | wc -l
)
