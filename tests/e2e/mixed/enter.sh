#!/bin/sh
# enter.sh FOLDER COMMAND...: runs COMMAND as on a machine of its own, in namespaces for mounts, network and host name: a loopback
# where port 25 is free, a /dev/log that nobody reads, the users that Debian's packages of Exim and Sendmail would have made.
# Nothing of the real machine is changed. Needs root.
set -eu
if [ "${MS_E2E_ENTERED:-}" != yes ]; then
    export MS_E2E_ENTERED=yes
    exec unshare --mount --net --uts --propagation private -- "$0" "$@"
fi
folder=$1
shift
ip link set lo up
for last in 11 12 13 20; do
    ip address add 127.0.0.$last/8 dev lo
done
hostname sm.mix.test

mkdir -p "$folder/dev"
mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
device() {
    mknod -m 666 "$folder/dev/$1" c "$2" "$3"
}
device null 1 3
device zero 1 5
device full 1 7
device random 1 8
device urandom 1 9
device tty 5 0
ln -s /proc/self/fd "$folder/dev/fd"
ln -s /proc/self/fd/0 "$folder/dev/stdin"
ln -s /proc/self/fd/1 "$folder/dev/stdout"
ln -s /proc/self/fd/2 "$folder/dev/stderr"

# A copy of /etc, for the files that programs look for there.
cp -a /etc "$folder/"
etc=$folder/etc
id=64900
for user in Debian-exim smmta smmsp anna bert carl; do
    id=$((id + 1))
    grep -q "^$user:" /etc/passwd || echo "$user:x:$id:$id::/nonexistent:/bin/false" >>"$etc/passwd"
    grep -q "^$user:" /etc/group || echo "$user:x:$id:" >>"$etc/group"
done
cat >"$etc/hosts" <<END
127.0.0.1 localhost
127.0.0.11 ex.mix.test
127.0.0.12 mx.mix.test
127.0.0.13 sm.mix.test sm
127.0.0.20 peer.mix.test
END
rm -f "$etc/resolv.conf"
: >"$etc/resolv.conf"
mount --bind "$etc" /etc
mount --bind "$folder/dev" /dev
exec "$@"
