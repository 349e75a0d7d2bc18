# shellcheck shell=bash
# Where a long run stands: a line for each SIGUSR1, wherever stderr goes; on a terminal a line that is written over; else nothing.
mkfifo pipe
"$PROGRAM" gen -o big.log --size 3M 2>/dev/null
"$PROGRAM" ingest - -o told --segment-bytes 500K <pipe 2>told.err &
run=$!
exec 3>pipe
cat big.log >&3
for _ in 1 2; do
    sleep 2 # the program has begun by now, and no two signals become one
    kill -USR1 $run
done
sleep 0.5
exec 3>&-
code=0
wait $run || code=$?
echo "[exit $code]"
grep -cE '^mailstrata: [0-9.]+ of [0-9.]+ MB read, [0-9]+ MB of text a second.*, [0-9]+ messages$' told.err || true
grep -cE ', 0 messages$' told.err || true # before the stripe ends, too
"$PROGRAM" ingest inbox1.log -o quiet 2>&1 | { grep -c 'MB read' || true; }
cat >terminal.py <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv('/bin/sh', ['sh', '-c', '{ cat inbox1.log; sleep 4; } | "$0" ingest - -o shown', sys.argv[1]])
shown = b''
try:
    while chunk := os.read(fd, 4096):
        shown += chunk
except OSError:
    pass                               # the terminal's end
print('exit', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.count(b'\r\x1b[K') >= 3, any(said in shown for said in (b' MB read, ', b'looking '))) # a pipe's head is waited for
END
python3 terminal.py "$PROGRAM"
