# To be sourced: puts this shell and all that it becomes into the cgroup $cgroup, by which they can be found whatever happens, and in
# which a host's systemd may do as it likes. Which hierarchies there are depends on the machine (cgroups(7)).
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ -e "$hierarchy/cgroup.procs" ] || continue
  mkdir -p "$hierarchy/$cgroup"
  echo 0 >"$hierarchy/$cgroup/cgroup.procs"
done
