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
