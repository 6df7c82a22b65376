# Boots a host of the lab and boots it again when it asks for it, until it is powered off. Runs in a mount namespace of its own:
# every mount ends with the host, and the machine sees none of them.
# Arguments: base image, the host's folder, its network namespace, the name of its container, its host name, its cgroup, seconds to wait.
set -eu
base=$1 folder=$2 namespace=$3 name=$4 hostname=$5 cgroup=$6 delay=$7

. "${0%/*}/join-cgroup.sh"

sleep "$delay"

# What systemd-nspawn notes down about its containers, and would leave there if it was killed.
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=755 nspawn /run/systemd/nspawn

cd "$folder"
mount -t overlay -o "lowerdir=$base,upperdir=upper,workdir=work" "$name" root

# The status is 133 when the host wants to be booted again. Without the capabilities BIRD cannot start.
status=133
while [ $status = 133 ]; do
  status=0
  SYSTEMD_NSPAWN_API_VFS_WRITABLE=network systemd-nspawn --quiet --boot --directory=root --settings=no --register=no --keep-unit \
    --machine="$name" --hostname="$hostname" --network-namespace-path="$namespace" \
    --capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_NICE \
    --resolv-conf=off --timezone=off --link-journal=no --console=pipe || status=$?
done
