# Becomes a router or a client of the lab. Runs in the node's network namespace as process 1 of a process namespace, in a mount
# namespace of its own: every mount ends with the node, and the machine sees none of them.
# Arguments: base image, the node's folder, its name, "yes" if it forwards packets, its cgroup, the program to become.
set -eu
base=$1 folder=$2 name=$3 forwards=$4 cgroup=$5
shift 5

. "${0%/*}/join-cgroup.sh"

echo "$name" >/proc/sys/kernel/hostname
if [ "$forwards" = yes ]; then
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  # What leaves by one transit may come back by another.
  for setting in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >"$setting"; done
fi

mount --bind "$base" "$folder/root"
mount -o remount,bind,ro "$folder/root"
cd "$folder/root"
mount -t tmpfs -o mode=755,size=16m run run
mkdir run/bird
mount --bind "$folder/bird" run/bird
mount -t tmpfs -o size=64m tmp tmp
mount -t proc proc proc
mount --rbind /dev dev
pivot_root . .
umount -l .
cd /
: >/run/bird/ready
exec "$@"
