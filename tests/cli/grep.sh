# shellcheck shell=bash
# Stories straight from logs. The farm's logs and generated ones: tests/property/stories.py.
m grep alice@ relay1.log inbox1.log
# a line of a session: the session with all its mails; one that says who is turned away
m grep 'NOQUEUE: .* 554 5\.7\.1' relay1.log
m grep -F 'disconnect from relay1' inbox1.log
# lines that belong to nobody stand alone; the answer is in order of time, whatever the order of the files
{ cat inbox1.log; echo "no envelope"; echo "Mar  2 08:30:00 inbox1 kernel: alice in memory"; } >more.log
m grep -e 'no envelope' -e 'kernel: ' -e 'nobody@' more.log relay1.log --year 2026
m grep -i ALICE@SHOP more.log --count
m grep -F 'a.*b' more.log
m grep 'b[oa]b@' more.log relay1.log -l
m grep bob@ inbox1.log --format csv --year 2026
m grep bob@ inbox1.log --format ndjson
# over hosts
hops_log >hops.log
m grep 'unknown user' hops.log --count
m grep --hops 'unknown user' hops.log
m grep --hops 'unknown user' hops.log --count --scan plain --segment-bytes 1
# the times of the lines need a year only where it is printed
m grep 4fPX1Z0Lx1zfhw inbox1.log --format csv --tz +02:00 --year 2020 --host other
# standard input and pipes are read twice, too
m grep -F victim - <relay1.log
m grep -F victim <(cat relay1.log) --count
gzip -k relay1.log && m grep -F victim relay1.log.gz --count
# lines that stand in two files are told once, as ingest counts them once
cp relay1.log copy.log && m grep -F victim relay1.log copy.log relay1.log.gz --count && m grep -F victim copy.log relay1.log
# patterns of a file
printf 'victim\n\nnobody@\r\n' >patterns
m grep -F -f patterns relay1.log --count
m grep -F -f patterns -e alice@ relay1.log --count
seq -f 'user%05g@nowhere.example' 5000 >>patterns
m grep -F -f patterns relay1.log --count
# hostile text: an ID that looks like another's, control characters; raw where no terminal is
printf 'Mar  2 08:40:00 inbox1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from evil[192.0.2.66]: 554 5.7.1 \e[31m<4fPX1Z0Lx1zfhw: removed>: no; from=<> to=<a@b> proto=SMTP helo=<x>\n' >evil.log
m grep -F 4fPX1Z0Lx1zfhw evil.log | od -c | sed -n 1,12p
script -qec "'$PROGRAM' grep -F 4fPX1Z0Lx1zfhw evil.log" /dev/null </dev/null
m grep -F 4fPX1Z0Lx1zfhw evil.log inbox1.log --count
# what is wrong
m grep nosuchthing relay1.log inbox1.log
m grep '(' relay1.log
m grep 'a*' relay1.log
m grep '' relay1.log
m grep x nosuchfile
m grep -f nosuchfile relay1.log
m grep -f /dev/null relay1.log
m grep x
m grep -l --count x relay1.log
head -c 300 relay1.log.gz >cut.log.gz && m grep -F 'connect from' cut.log.gz --count
set +o pipefail +e
for _ in $(seq 300); do cat relay1.log; done >many.log
"$PROGRAM" grep . many.log | head -n 1 >/dev/null
echo "closed pipe: ${PIPESTATUS[0]}"
"$PROGRAM" grep . many.log >/dev/full
echo "full disk: $?"
