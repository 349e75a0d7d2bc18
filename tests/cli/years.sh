# shellcheck shell=bash
# What tells the year of stamps that have none, best first; what contradicts it; what happens without.
sed -n 's/4fPWt81QgXzfhn/1A2B3C4D5E/p' inbox1.log >plain.log # one mail, no long queue ID
years="select path, year_anchor, year(first_time) as year, year(last_time) as until, error from files order by path"
# ingest in a folder of its own: only NAME is given, with a time of last change
try() { # NAME [OPTION...]: files of the folder NAME
    local code=0
    echo "== $*"
    "$PROGRAM" ingest "$1" -o ds --force "${@:2}" 2>&1 | grep -A 3 -E '^( +[0-9]+ of them|mailstrata)' | grep -vE '^(lines|messages|deliv)' || true
    "$PROGRAM" sql ds "$years" || code=$?
    [ $code = 0 ] || echo "[exit $code]"
}
mkdir stamp queue message name gzip mtime year
made='Mar  2 08:14:09 inbox1 postfix/cleanup[747]: 1A2B3C4D5F: message-id=<20240302081409.1A2B3C4D5F@inbox1.shop.example>'
# a stamp with its year
{ cat plain.log; echo "2021-03-05T00:00:00+00:00 inbox1 postfix/qmgr[690]: 1A2B3C4D5E: removed"; } >stamp/mail.log
try stamp
# long queue IDs
cp inbox1.log queue/mail.log
try queue
# a message-id that Postfix made itself; not one that says another queue ID, is no date, or is far from its line
{ cat plain.log; echo "$made"; } >message/mail.log
try message
for other in 20240302081409.1A2B3C4D5E 20240332081409.1A2B3C4D5F 20240402081409.1A2B3C4D5F x20240302081409.1A2B3C4D5F; do
    { cat plain.log; echo "${made/20240302081409.1A2B3C4D5F/$other}"; } >message/mail.log
    touch -d 2019-06-01 message/mail.log
    try message
done
# a date in the name: of the day after, of the day, of the month, over folders
for path in maillog-20230303 mail.log.2023-03-02 mail-202303.log 2023/03/02/inbox1.log maillog-20230303031500; do
    rm -r name && mkdir -p "name/$(dirname "$path")"
    cp plain.log "name/$path"
    try name
done
# lines of last December in the file of January; the lines tell where New Year is
rm -r name && mkdir name
sed 's/Mar  2/Dec 31/' plain.log >name/maillog-20230101
sed 's/Mar  2/Jan  1/' plain.log >>name/maillog-20230101
try name
# the time in a gzip header, if it is near; of a pipe there is none
cp plain.log gzip/mail.log && touch -d 2022-03-03 gzip/mail.log && gzip gzip/mail.log && touch -d 2030-01-01 gzip/mail.log.gz
try gzip --year 2021
gunzip gzip/mail.log && touch -d 2022-07-03 gzip/mail.log && gzip gzip/mail.log
try gzip --year 2021
gzip -dc gzip/mail.log.gz | gzip >gzip/mail.log.1.gz && rm gzip/mail.log.gz && touch -d 2018-02-01 gzip/mail.log.1.gz
try gzip
# --year
cp plain.log year/mail.log
try year --year 2016
# only the time of the last change: never silently
cp plain.log mtime/mail.log && touch -d 2019-06-01 mtime/mail.log
try mtime
touch -d 2019-02-01 mtime/mail.log
try mtime
touch -d @0 mtime/mail.log
try mtime
# a pipe has nothing of all this
"$PROGRAM" ingest - -o ds --force <plain.log 2>&1 | grep 'of them'
m sql ds "$years"
# contradictions: the better anchor is believed, and it is said
{ cat inbox1.log; echo "$made"; } >queue/maillog-20230303
rm queue/mail.log
try queue
try queue --year 2026
try queue --year 2025
mkdir both && cp plain.log both/maillog-20230303 && touch -d 2020-03-03 both/maillog-20230303 && gzip both/maillog-20230303
try both
# files without a year of their own follow one another from --year on
mkdir two && sed 's/Mar  2/Nov  2/' plain.log >two/mail.log.1 && cp plain.log two/mail.log
try two --year 2015
# --tz: names and offsets, for all or for what lies below a path; it is believed more than queue IDs, and that is said
mkdir -p zones/a zones/b && cp inbox1.log zones/a/ && cp inbox1.log zones/b/inbox2.log && sed -i 's/inbox1/inbox2/' zones/b/inbox2.log && cp relay1.log zones/
sed 's/^Mar  2/Jul  2/; s/4fPWt[0-9A-Za-z]*/1A2B3C4D5E/' inbox1.log >zones/summer.log
zone="select path, zone, first_time, error from files order by path"
m ingest zones -o ds --force --year 2026 --tz America/New_York --tz zones/b=+05:30 --tz zones/a/=Europe/Berlin 2>&1 | grep -A 3 contradict
m sql ds "$zone"
m parse zones/summer.log --tz Europe/Berlin --year 2026 --format csv | sed -n 3p
m ingest zones -o ds --force --tz Europe/Berlyn
m ingest zones -o ds --force --tz =UTC
m ingest zones -o ds --force --tz zones/b=
# a year without lines inside a file looks like a step of days; queue IDs and message-ids on both sides tell. Where none does, it is
# said. Also of a packed file, and of one in which nothing tells but its end
months="Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
spread() { # FIRST_YEAR N_MONTHS TELLS: eight lines a day, 28 days a month, of which one tells its date if TELLS
    awk -v months="$months" -v year="$1" -v n="$2" -v tells="$3" 'BEGIN {
        split(months, m, " ")
        for (i = 0; i < n; i++)
            for (d = 1; d <= 28; d++)
                for (h = 0; h < 8; h++) {
                    stamp = sprintf("%s %2d %02d:00:00 inbox1 postfix/", m[i % 12 + 1], d, h)
                    if (h == 4 && tells)
                        printf "%scleanup[747]: 1A2B3C%04X: message-id=<%d%02d%02d%02d0000.1A2B3C%04X@inbox1.shop.example>\n",
                               stamp, d, year + int(i / 12), i % 12 + 1, d, h, d
                    else
                        printf "%sqmgr[690]: 1A2B3C%04X: from=<billing@sender.example>, size=%d, nrcpt=1 (queue active)\n", stamp, d, i
                }
    }'
}
mkdir gap packed
gap() { # what follows three months of 2015
    { spread 2015 3 1; cat; } >gap/mail.log
    try gap
}
spread 2016 2 1 | gap                 # from 28 March to 1 January
spread 2016 3 1 | tail -n 100 | gap   # from 28 March to 16 March
spread 2015 3 1 | tail -n 100 | gap   # its clock was set back
spread 2016 3 0 | tail -n 100 | gap   # nothing tells
# but the host's next file begins where this one ends; not weeks behind
spread 2016 4 1 | tail -n 224 >gap/next.log
try gap
spread 2016 5 1 | tail -n 224 >gap/next.log
try gap
spread 2013 40 0 >packed/mail.log && touch -d 2016-04-29 packed/mail.log && gzip packed/mail.log
try packed
