# shellcheck shell=bash
# Names that are one host: by themselves, with a map, and where neither says so.
names="select * from hosts order by all"
counts="select host, count(*) as lives, sum(n_lines)::int as lines from messages group by host order by host"
links="select from_host, from_queue_id, to_host, to_queue_id, candidates from links where kind = 'next_hop' order by all"
m ingest relay1.log inbox1.log -o as_logged >/dev/null
m sql as_logged "$counts"
m sql as_logged "$names"
# every second line has the full name: each mail is whole
sed '0~2s/ relay1 / relay1.shop.example /' relay1.log >mixed.log
sed '1~3s/ inbox1 / INBOX1.shop.example /' inbox1.log >inbox.log
m ingest mixed.log inbox.log -o mixed >/dev/null
m sql mixed "$counts"
m sql mixed "$names"
m sql mixed "$links"
for host in relay1 relay1.shop.example RELAY1.Shop.Example inbox1 inbox1.shop.example shop relay; do
    echo "$host: $("$PROGRAM" find mixed --host "$host" --count --format csv 2>/dev/null | tail -n 1)"
done
# two full names: nothing is certain
sed '0~3s/ relay1 / relay1.bank.example /' mixed.log >two.log
m ingest two.log -o two >/dev/null
m sql two "$names"
# addresses and localhost are nobody's short name
for name in localhost localhost.localdomain 192 192.0.2.1 'a@b' 'a' 'a..b' 'b.'; do
    echo "Mar  2 08:14:08 $name postfix/qmgr[690]: 4fPWt81QgXzfhn: removed"
done >odd.log
m ingest odd.log -o odd >/dev/null
m sql odd "$names"
# the map: names that share no label; the next hop is found though its queue ID is short, its host logs another name, and no
# message-id helps
sed '/message-id=/d; s/ relay1 / out-7 /; s/4fPWt81QgXzfhn/1A2B3C4D5E/g' relay1.log >out.log
sed '/message-id=/d; s/ inbox1 / mailbox-a /; s/4fPWt81QgXzfhn/1A2B3C4D5E/g; s/relay1.shop.example/out.shop.example/g' inbox1.log >box.log
printf '# names\n\n out-7\trelay1.shop.example # since 2023\r\nmailbox-a inbox1.shop.example\nold mailbox-a\n' >map
m ingest out.log box.log -o apart >/dev/null
m sql apart "$links"
m ingest out.log box.log -o mapped --host-map map >/dev/null
m sql mapped "$names"
m sql mapped "$links"
echo "old: $("$PROGRAM" find mapped --host old --count --format csv | tail -n 1)"
# the same with the names that they log as the hosts' own, which no relay= and no client= has
printf 'relay1.shop.example out-7\nrelay1 out-7\nout.shop.example out-7\ninbox1 mailbox-a\n' >map
m ingest out.log box.log -o mapped --force --host-map map >/dev/null
m sql mapped "$links"
# the map's word is final: nothing is joined with what it keeps apart
printf 'relay1 relay1\n' >keep
m ingest mixed.log -o kept --host-map keep >/dev/null
m sql kept "$names"
# a name in the middle of a file, where nobody looks before the run: as logged, unless the map has it
line='Mar  2 08:14:08 relay1 postfix/qmgr[690]: 4fPWt81QgXzfhn: from=<billing@sender.example>, size=4519, nrcpt=2 (queue active)'
awk -v line="$line" 'BEGIN { for (i = 0; i < 6000; i++) { if (i == 3000) sub("relay1", "relay1.shop.example", line)
    print line; sub("relay1.shop.example", "relay1", line) } }' >middle.log
m ingest middle.log -o middle --year 2026 >/dev/null
m sql middle "$names"
printf 'relay1 relay1.shop.example\n' >map
m ingest middle.log -o middle --year 2026 --force --host-map map >/dev/null
m sql middle "$names"
# maps that cannot be
bad() {
    printf '%b' "$1" >map
    m ingest relay1.log -o never --host-map map
}
bad 'a b\nc\n'
bad 'a b c\n'
bad 'a\x01 b\n'
bad '\n# fine\na b\na c\n'
bad 'a b\nb c\nc a\n'
bad "$(printf 'x%.0s' {1..300}) b"
m ingest relay1.log -o never --host-map none
m ingest relay1.log -o never --host-map ''
ls never 2>/dev/null || echo nothing was written
