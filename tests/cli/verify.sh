# shellcheck shell=bash
# Digests are shown as HEX: they depend on the packer's version, and on ours.
# Sources read again: digests, lines that rows cite, parts. What is changed, gone, grown or elsewhere is said.
v() { m verify "$@" | sed -E 's/ [0-9a-f]{14,}(…|\b)/ HEX/g; s/ +$//'; }
mkdir logs && cp inbox1.log logs/ && gzip -nc relay1.log >logs/relay1.log.gz
hops_log >hops.log && tar --mtime=@0 --owner=0 --group=0 -cf logs/old.tar hops.log
"$PROGRAM" ingest logs -o ds --year 2026 --evidence 2>/dev/null
m sql ds "select path, length(sha256) as n, sha256 = text_sha256 as same from files order by path"
for path in logs/inbox1.log logs/relay1.log.gz; do sha256sum "$path" | cut -d ' ' -f 1; done >expected
zcat logs/relay1.log.gz | sha256sum | cut -d ' ' -f 1 >>expected
"$PROGRAM" sql ds --format csv "select unnest([min(sha256) filter (path like '%inbox1%'), min(sha256) filter (path like '%relay1%'), min(text_sha256) filter (path like '%relay1%')]) as sha256 from files" |
    tail -n +2 | diff expected - && echo "as sha256sum says"
(cd ds/current && sed -n 's/^    "\(.*\)": "\([0-9a-f]*\)",*$/\2  \1/p' dataset.json | sha256sum -c --quiet) && echo "parts, too"
v ds --all
# the same bytes in the dataset, but for what --evidence adds
"$PROGRAM" ingest logs -o without --year 2026 2>/dev/null
for table in messages deliveries sessions rejects events links; do
    diff -r "ds/current/$table" "without/current/$table"
done
v without
# a file that has grown; then one that was changed: the digest, and the rows of that line
echo 'Mar  2 09:00:00 inbox1 postfix/qmgr[690]: 4fPWt81QgXzfhn: removed' >>logs/inbox1.log
v ds --all
sed -i '1s/:08 /:07 /; 2s/inbox1/inbox2/; 4s/4fPWt81QgXzfhn/4fPWt81QgXzfhm/' logs/inbox1.log
v ds --all --format ndjson
v without
sed -i '1s/^/x/' logs/inbox1.log
v without --all | tail -n 6
# packed anew: other bytes, the same text
cp inbox1.log logs
zcat logs/relay1.log.gz | gzip -n1 >again && mv again logs/relay1.log.gz
v ds
# gone, an archive without its member, elsewhere
rm logs/relay1.log.gz logs/inbox1.log
tar -cf logs/old.tar relay1.log
v without
mkdir -p moved/logs && mv logs/old.tar moved/logs && cp inbox1.log moved/logs && gzip -nc relay1.log >moved/logs/relay1.log.gz
tar --mtime=@0 --owner=0 --group=0 -cf moved/logs/old.tar hops.log
v without --source-root logs=moved/logs
v ds --all --source-root elsewhere=there --source-root =moved
v ds --source-root log=moved/logs | tail -n 3
# a pipe
"$PROGRAM" ingest - -o piped --force --year 2026 --evidence <inbox1.log 2>/dev/null
v piped
# parts: changed, gone, one too many
part=$(cd ds/current && ls messages/part*)
printf x | dd of="ds/current/$part" bs=1 seek=8 conv=notrunc 2>/dev/null
cp "ds/current/$part" ds/current/messages/part-00099.parquet && chmod u+w ds/current/messages/part-00099.parquet
rm ds/current/coverage/part-00000.parquet
v ds --source-root =moved | grep -E '^part '
for table in messages deliveries; do # cut in its middle, cut so short that it is none
    part=ds/current/$table/part-00000.parquet
    [ $table = messages ] && printf 'xxxxxxxx' | dd of="$part" bs=1 seek=4 conv=notrunc 2>/dev/null || truncate -s 100 "$part"
    v ds --source-root =moved | tail -n 2 | sed "s|$PWD/||; s/: [0-9]* mismatch/: mismatch/"
done
v ds --source-root logs
v nowhere
