# shellcheck shell=bash
# parse: one object a line, in order; times only where the year is known; broken input is named.
m parse relay1.log --format csv
m parse inbox1.log --format csv --year 2026 --tz +01:00 --host other | tail -n 5
m parse inbox1.log | tail -n 4
printf 'Dec 31 23:59:59 mx postfix/qmgr[1]: A1B2C3D4E5: removed\nJan  1 00:00:01 mx postfix/qmgr[1]: A1B2C3D4E6: removed\n' |
    m parse - --year 2018 --format csv
gzip -c relay1.log | head -c 600 >cut.log.gz
m parse cut.log.gz --format csv | grep -E 'cut short|exit|connect from'
m parse --kinds | sed -n 1,4p
m parse --kinds --format csv | sed -n 1,3p
m parse --kinds --format ndjson | sed -n 1,2p
for file in relay1 inbox1; do
    echo "$file: $(wc -l <$file.log) lines, $("$PROGRAM" parse $file.log | wc -l) objects"
done
