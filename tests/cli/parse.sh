# shellcheck shell=bash
# parse: one object a line, in order; times only where the year is known; broken input is named.
m parse relay1.log --format csv
m parse inbox1.log --format csv --year 2026 --tz +01:00 --host other | tail -n 5
m parse inbox1.log | tail -n 4
printf 'Dec 31 23:59:59 mx postfix/qmgr[1]: A1B2C3D4E5: removed\nJan  1 00:00:01 mx postfix/qmgr[1]: A1B2C3D4E6: removed\n' |
    m parse - --year 2018 --format csv
gzip -c relay1.log | head -c 600 >cut.log.gz
m parse cut.log.gz --format csv | grep -E 'cut short|exit|connect from'
# An export of the journal: entries of several lines, values of any bytes; as it is, and packed.
printf '__CURSOR=s=1\n__REALTIME_TIMESTAMP=1762142706123456\n_HOSTNAME=mx9\nSYSLOG_IDENTIFIER=postfix/qmgr\nSYSLOG_PID=9\nMESSAGE=A1B2C3D4E5: removed\n\n' >journal.export
printf '__CURSOR=s=2\n__REALTIME_TIMESTAMP=1762142707000000\n_HOSTNAME=mx9\nSYSLOG_IDENTIFIER=x\nMESSAGE\n\6\0\0\0\0\0\0\0a\n\n"=b\n\n' >>journal.export
m parse journal.export
gzip -c journal.export >journal.gz
m parse - --format csv <journal.gz
m ingest journal.gz -o journal.dataset | grep '^lines'
m verify journal.dataset 2>&1 | grep agree
m parse --kinds | sed -n 1,4p
m parse --kinds --format csv | sed -n 1,3p
m parse --kinds --format ndjson | sed -n 1,2p
for file in relay1 inbox1; do
    echo "$file: $(wc -l <$file.log) lines, $("$PROGRAM" parse $file.log | wc -l) objects"
done
