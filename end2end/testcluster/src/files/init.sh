#!/bin/sh
# First program in the node's private net, mount and pid namespaces. Sets them up, then becomes the
# reaper ($state/bin/init). Everything in the namespaces dies with this process.
set -eu
state=$1
address=$2
gateway=$3

# Volumes with mount propagation need a shared tree; `unshare` made it private from the host's first.
mount --make-rshared /
# Sockets of containerd and its shims, runc's state and the network namespaces of pods lie in /run.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/containerd /run/lock

# Paths that the kubelet and the CNI plugins have compiled in.
for pair in log:/var/log kubelet:/var/lib/kubelet cni:/var/lib/cni; do
    private=$state/private/${pair%%:*}
    public=${pair#*:}
    mkdir -p "$private" "$public"
    mount --bind "$private" "$public"
done

# The kubelet sets these to the wanted values on the whole machine if they differ. They are not
# namespaced; plain files in their place show it what it wants to see.
for pair in vm/overcommit_memory:1 kernel/panic:10 kernel/panic_on_oops:1; do
    name=${pair%%:*}
    file=$state/private/$(echo "$name" | tr / _)
    echo "${pair#*:}" >"$file"
    mount --bind "$file" "/proc/sys/$name"
done

ip link set lo up
tries=0
until ip link show eth0 >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 400 ]; then
        echo "eth0 did not appear in the namespace" >&2
        exit 1
    fi
    sleep 0.05
done
ip address add "$address/24" dev eth0
ip link set eth0 up
ip route add default via "$gateway"
echo 1 >/proc/sys/net/ipv4/ip_forward
# Missing where bridges do not pass through the packet filter: then Services of pods on the same
# bridge answer past the filter, and only those that call themselves through a Service notice.
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
    echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
fi

: >"$state/namespace.ready"
exec "$state/bin/init"
