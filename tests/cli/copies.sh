# shellcheck shell=bash
# Lines that are there twice: found by whole stretches of two sources, counted once, and never where only single lines are equal.
python3 - <<'PY'
import datetime
trad, iso, syslog = [], [], []
start = datetime.datetime(2026, 1, 5, 10, 0, 0)
for i in range(300):
    at = start + datetime.timedelta(seconds=2 * i, microseconds=123456)
    lines = [f"postfix/smtpd[{100 + i % 3}]: AB{i:08X}: client=c.example[192.0.2.1]",
             f"postfix/cleanup[20]: AB{i:08X}: message-id=<{i}@x.example>",
             f"postfix/qmgr[30]: AB{i:08X}: from=<a@x.example>, size=100, nrcpt=1 (queue active)",
             f"postfix/smtp[40]: AB{i:08X}: to=<b@y.example>, relay=m.y.example[192.0.2.9]:25, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 ok)",
             f"postfix/qmgr[30]: AB{i:08X}: removed"]
    if i == 7:
        lines.append("postfix/scache[50]: statistics: start interval Jan  5 10:00:00")
    for line in lines:
        trad.append(f"{at:%b} {at.day:2d} {at:%H:%M:%S} mx1 {line}\n")
        iso.append(f"{at:%Y-%m-%dT%H:%M:%S.%f}+00:00 mx1 {line}\n")
        syslog.append(trad[-1])
    syslog.append(f"{at:%b} {at.day:2d} {at:%H:%M:%S} mx1 CRON[{i}]: (root) CMD (x)\n")
def write(name, lines):
    open(name, "w").write("".join(lines))
write("mail.log", trad)
write("mail-iso.log", iso)
write("syslog", syslog)
cut = [700, 1100]
for kind, lines in (("day", trad), ("iso", iso)):
    write(f"{kind}.1", lines[:cut[0]])
    write(f"{kind}.2", lines[cut[0]:cut[1]])
    write(f"{kind}.3", lines[cut[1]:])
write("first", trad[:900])
write("second", trad[600:])
hurt = list(trad)
hurt[802] = hurt[802].replace("mx1 postfix/cleanup[20]: ", "mx1 postfix/cleanup[20]: warning: ")
write("hurt", hurt)
alone = list(trad)
for i in range(len(trad)):
    if i // 5 % 4:
        alone[i] = alone[i].replace("]: AB", "]: AC")
write("alike", alone)
write("border.1", trad[:500] + trad[499:500])
write("border.2", trad[499:500] + trad[500:])
PY
one() { # what the rows are, without where they come from
    "$PROGRAM" sql "$1" "select count(*), count(distinct queue_id), sum(nrcpt), sum(n_sent), sum(n_lines) from messages union all
        select count(*), count(distinct recipient), sum(delay_ms), 0, 0 from deliveries" --format csv | tail -n +2 | paste -sd' '
}
check() { # NAME FILES...: duplicates by file, and whether the rows are those of mail.log
    local name=$1
    shift
    "$PROGRAM" ingest "$@" -o "d-$name" --year 2026 2>/dev/null || echo "exit $?"
    echo "$name: $("$PROGRAM" sql "d-$name" "select string_agg(format('{} {}', path, n_lines_duplicate), ', ' order by file_id) from files" --format csv | tail -n 1)"
    [ "$(one d-alone)" = "$(one "d-$name")" ] || echo "$name: other rows: $(one "d-$name")"
}
"$PROGRAM" ingest mail.log -o d-alone --year 2026 2>/dev/null
one d-alone
cp mail.log copy.log && gzip -k mail.log && ln mail.log hard.log && ln -s mail.log soft.log
check given-twice mail.log copy.log mail.log.gz hard.log soft.log
check envelopes mail.log mail-iso.log
check syslog mail.log syslog
check weekly mail.log day.1 day.2 day.3
check sets day.1 day.2 day.3 iso.1 iso.2 iso.3
check overlap first second
xz -k first second && gzip -k day.1 day.2 day.3
check packed first.xz second.xz day.1.gz day.2.gz day.3.gz
# equal lines in one second at the border of two files are real: nobody says that they are copies
check border border.1 border.2
# a copy in which one line differs is a copy but for that line; what shares less than half with another file of its time is none
check alike mail.log alike
check hurt mail.log hurt
# the same whatever the threads and cuts
m ingest mail.log mail-iso.log syslog first second -o threads1 --year 2026 --threads 1 | grep ^lines
m ingest mail.log mail-iso.log syslog first second -o threads3 --year 2026 --threads 3 --segment-bytes 700 | grep ^lines
diff -r threads1/current threads3/current && echo the same bytes
# Exim writes what it refuses to two logs, or to syslog twice: counted once, line by line
python3 - <<'PY'
main, reject, syslog, once = [], [], [], []
def stamp(s):
    return f"2026-01-05 10:{s // 60:02d}:{s % 60:02d}"
for i in range(120):
    pid, ident, peer = 500 + i % 4, f"1vck{i // 62:02d}-00000000{i:03d}-0abc", f"H=c{i % 7}.example (helo) [192.0.2.{i % 7}]:{4000 + i}"
    def say(text, refused=False, entry=()):
        line = f"{stamp(i)} [{pid}] {text}"
        main.append(line + "\n")
        header = f"Jan  5 {line[11:19]} ex1 exim[{pid}]: "
        syslog.append(header + line + "\n")
        once.append(header + line + "\n")
        if refused:
            reject.extend(l + "\n" for l in (line, *entry))
            mark = f"[1\\{len(entry) + 1}] " if entry else ""
            syslog.append(header + mark + line + "\n")
            syslog.extend(f"{header}[{n + 2}\\{len(entry) + 1}] {l}\n" for n, l in enumerate(entry))
    if i % 3 == 0:
        say(f"{peer} F=<a@x.example> rejected RCPT <b@y.example>: relay not permitted", True)
        if i % 12 == 0:  # the client tries once more, in the same second
            say(f"{peer} F=<a@x.example> rejected RCPT <b@y.example>: relay not permitted", True)
    elif i % 3 == 1:
        say(f"{ident} {peer} F=<a@x.example> rejected after DATA: spam", True,
            ("Envelope-from: <a@x.example>", "Envelope-to: <b@y.example>", "  Subject: x", "-" * 40))
    else:
        say(f"login authenticator failed for c.example (helo) [192.0.2.9]:{4000 + i}: 535 Incorrect authentication data (set_id=bob)", True)
        say(f"{peer} Warning: twice in a second")
        say(f"{peer} Warning: twice in a second")
        say(f"{ident} <= a@x.example {peer} P=esmtp S=100 id={i}@x.example")
        say(f"{ident} => bob <b@y.example> R=localuser T=local_delivery")
        say(f"{ident} Completed")
reject.append(f"{stamp(119)} [777] H=c.example [192.0.2.3]:9 rejected RCPT <only@here.example>: to the rejectlog alone\n")
for name, lines in dict(mainlog=main, rejectlog=reject, doubled=syslog, single=once).items():
    open(name, "w").write("".join(lines))
PY
exim() { # NAME FILES...: what becomes of lines, and the rows
    local name=$1
    shift
    "$PROGRAM" ingest "$@" -o "x-$name" --host ex1 --year 2026 2>/dev/null || echo "exit $?"
    echo "$name: $("$PROGRAM" sql "x-$name" "select (select string_agg(format('{} {}', path, n_lines_duplicate), ', ' order by path) from files), (select count(*) from messages), (select count(*) from rejects), (select count(*) from logins)" --format csv | tail -n 1)"
}
exim main mainlog
exim both mainlog rejectlog
gzip -k mainlog
exim packed rejectlog mainlog.gz
exim reject rejectlog
exim once single
exim twice doubled
exim syslog-and-reject single rejectlog
exim envelopes mainlog single
m ingest doubled -o exim1 --year 2026 --threads 1 | grep ^lines
m ingest doubled -o exim3 --year 2026 --threads 3 --segment-bytes 300 | grep ^lines
diff -r exim1/current exim3/current && echo the same bytes
"$PROGRAM" grep --count 'rejected RCPT' doubled --year 2026 2>/dev/null
