# shellcheck shell=bash
# Log text is written by attackers: no control character may come out as it is, whichever way.
empty_dataset d
part d unparsed "select 0 as file_id, 0::BIGINT as line_offset, chr(27) || '[2J' || chr(13) || 'x' || chr(10) || chr(0) || 'y' as text,
    'a,\"b\"' || chr(8238) || 'c' as reason"
for format in table ndjson csv; do
    m sql d "select text, reason from unparsed" --format $format
done
m sql d "select text::INTEGER from unparsed"
m sql d "select 1 as \"$(printf 'a\033b')\""
m info "$(printf 'no\033[31mwhere')"
m parse "$(printf 'no\033[31mwhere')"
m "$(printf 'in\033[31mfo')"
# a hostile line, all the way through parse
printf 'Mar  2 08:14:08 mx postfix/smtpd[1]: connect from \033[2J\377\342\200\256[192.0.2.1]\n' >"$(printf 'name\033.log')"
m parse "$(printf 'name\033.log')" --format csv
m parse "$(printf 'name\033.log')" | LC_ALL=C grep -c -P '[\x00-\x08\x0b-\x1f\x7f]' || echo "no control characters"
# not one raw control character in all of it
for format in table ndjson csv; do
    "$PROGRAM" sql d "select * from unparsed" --format $format | LC_ALL=C grep -c -P '[\x00-\x08\x0b-\x1f\x7f]' || echo clean
done
