# shellcheck shell=bash
# A closed pipe is no error; a full disk is.
empty_dataset d
set +o pipefail +e
for format in table ndjson csv; do
    "$PROGRAM" sql d "select range from range(1000000)" --format $format | head -n 1 >/dev/null
    echo "sql, $format, closed pipe: ${PIPESTATUS[0]}"
    "$PROGRAM" sql d "select range from range(1000000)" --format $format >/dev/full
    echo "sql, $format, full disk: $?"
done
for _ in $(seq 50); do cat relay1.log; done >many.log
"$PROGRAM" parse many.log | head -n 1 >/dev/null
echo "parse, closed pipe: ${PIPESTATUS[0]}"
"$PROGRAM" parse many.log >/dev/full
echo "parse, full disk: $?"
"$PROGRAM" --help >/dev/full
echo "help, full disk: $?"
