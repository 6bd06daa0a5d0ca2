#!/usr/bin/env bash
# Start a private, real Ceph cluster + radosgw (S3) on 127.0.0.1. No systemd, no cephadm, no docker, root not needed.
#   bookworm: apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw ceph-common     (+ ceph-mgr only for MGR=1)
# Works unchanged with Ceph 16.2.15, 18.2.7 and 20.2.4.  If ROOT holds a stopped cluster (stop.sh with WIPE=0) it is started again.
# env: ROOT  state dir, keep it short (admin sockets: 107 chars)      PORT  first S3 port; mons use PORT+100.., osd/mgr PORT+200..PORT+299
#      MONS OSDS RGWS  counts      SIZE  replicas      MGR  0|1 (only ceph -s / df / pg health needs it)
#      STORE memstore|bluestore    OSD_GB  bluestore: sparse file per osd; memstore: RAM limit per osd
#      ACCESS_KEY SECRET_KEY    RGW_EXTRA  more ceph.conf lines for [client]
set -euo pipefail; umask 077
ROOT=${ROOT:-${TMPDIR:-/tmp}/ceph-s3}; PORT=${PORT:-19000}; MONS=${MONS:-1}; OSDS=${OSDS:-1}; RGWS=${RGWS:-1}; SIZE=${SIZE:-1}
STORE=${STORE:-bluestore}; OSD_GB=${OSD_GB:-10}; MGR=${MGR:-0}; ACCESS_KEY=${ACCESS_KEY:-testaccess}; SECRET_KEY=${SECRET_KEY:-testsecret123}
MONPORT=$((PORT+100)); C=(-c "$ROOT/ceph.conf"); export CEPH_CONF="$ROOT/ceph.conf"
T0=$(date +%s%N); say() { printf '[%5.1fs] %s\n' "$(( ($(date +%s%N)-T0)/100000000 ))e-1" "$*"; }
die() { echo "FAILED: $*" >&2; tail -n 5 "$ROOT"/log/*.out >&2 || true; exit 1; }
[ -e "$ROOT/pids" ] && { echo "already running (or not stopped cleanly): $ROOT/pids; run stop.sh" >&2; exit 1; }
# What a daemon was started with is kept in run/NAME.command: restart.sh starts it the same way.
spawn() { local n=$1; shift; printf '%q ' "$@" > "$ROOT/run/$n.command"; setsid "$@" > "$ROOT/log/$n.out" 2>&1 < /dev/null & echo "$! $n" >> "$ROOT/pids"; }
mons=(); mh=""; mm=(); for ((i=0;i<MONS;i++)); do n=$(printf "\\x$(printf %x $((97+i)))"); mons+=("$n"); a="[v2:127.0.0.1:$((MONPORT+i))]"; mh+="${mh:+,}$a"; mm+=(--addv "$n" "$a"); done
NEW=1; [ -e "$ROOT/ceph.conf" ] && NEW=0
[ $NEW = 0 ] && grep -q "objectstore = memstore" "$ROOT/ceph.conf" && { echo "a memstore cluster cannot be restarted; wipe $ROOT" >&2; exit 1; }
mkdir -p "$ROOT"/{log,run,rgw}; : > "$ROOT/pids"
if [ $NEW = 1 ]; then
FSID=$(cat /proc/sys/kernel/random/uuid)
cat > "$ROOT/ceph.conf" <<CONF
[global]
fsid = $FSID
mon_host = $mh
mon_initial_members = $(IFS=,; echo "${mons[*]}")
keyring = $ROOT/keyring
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
ms_bind_port_min = $((PORT+200))
ms_bind_port_max = $((PORT+299))
run_dir = $ROOT/run
admin_socket = $ROOT/run/\$name.asok
pid_file =
log_file = $ROOT/log/\$name.log
log_to_stderr = false
mon_cluster_log_file = $ROOT/log/cluster.log
crash_dir = $ROOT/run
# default 1.0/0.05: every map change (pool create, osd boot) waits for it
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
osd_pool_default_size = $SIZE
osd_pool_default_min_size = $(( SIZE>1 ? SIZE-1 : 1 ))
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 1000
# mons stop by default when the disk has < 5 % free
mon_data_avail_crit = 1
mon_data_avail_warn = 2
[mon]
mon_data = $ROOT/mon.\$id
[mgr]
mgr_data = $ROOT/mgr.\$id
mgr_initial_modules =
[osd]
osd_data = $ROOT/osd.\$id
osd_objectstore = $STORE
memstore_device_bytes = $((OSD_GB<<30))
bluestore_block_size = $((OSD_GB<<30))
bluestore_block_db_create = false
bluestore_block_wal_create = false
bluestore_fsck_on_mount = false
bluestore_fsck_on_mkfs = false
bdev_aio_poll_ms = 10
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 2
osd_recovery_sleep_hdd = 0
osd_max_backfills = 8
osd_recovery_max_active = 32
osd_fast_fail_on_connection_refused = true
# default 30: so long does a new bucket wait for a gateway that was killed
osd_client_watch_timeout = 5
[client]
rgw_data = $ROOT/rgw
rgw_thread_pool_size = 64
rgw_dynamic_resharding = false
rgw_override_bucket_index_max_shards = 1
rgw_run_sync_thread = false
rgw_relaxed_region_enforcement = true
rgw_enable_usage_log = false
rgw_enable_ops_log = false
${RGW_EXTRA:-}
CONF
K=(ceph-authtool "$ROOT/keyring" --gen-key); ceph-authtool --create-keyring "$ROOT/keyring" > /dev/null
"${K[@]}" -n mon. --cap mon 'allow *'; "${K[@]}" -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' --cap mds 'allow *'
"${K[@]}" -n mgr.x --cap mon 'allow profile mgr' --cap osd 'allow *' --cap mds 'allow *'
for ((i=0;i<OSDS;i++)); do "${K[@]}" -n osd.$i --cap mon 'allow profile osd' --cap mgr 'allow profile osd' --cap osd 'allow *'; done
for ((i=0;i<RGWS;i++)); do "${K[@]}" -n client.rgw.$i --cap mon 'allow rw' --cap osd 'allow rwx' --cap mgr 'allow rw'; done
rel=$(ceph-mon --version | sed -E 's/^ceph version [^ ]+ \([0-9a-f]+\) ([a-z]+) .*/\1/')
monmaptool --create --fsid "$FSID" --set-min-mon-release "$rel" "${mm[@]}" "$ROOT/monmap" > "$ROOT/log/monmaptool.out" 2>&1 || die monmaptool
for n in "${mons[@]}"; do ceph-mon "${C[@]}" -i "$n" --mkfs --monmap "$ROOT/monmap" --keyring "$ROOT/keyring" > "$ROOT/log/mkfs-mon.$n.out" 2>&1 || die "mon.$n mkfs"; done
fi
for n in "${mons[@]}"; do spawn mon.$n ceph-mon "${C[@]}" -f -i "$n"; done
timeout 60 ceph "${C[@]}" --connect-timeout 50 mon stat > /dev/null || die "no mon quorum"; say "mon quorum"
[ "$MGR" = 1 ] && { mkdir -p "$ROOT/mgr.x"; cp "$ROOT/keyring" "$ROOT/mgr.x/keyring"; spawn mgr.x ceph-mgr "${C[@]}" -f -i x; }
for ((i=0;i<OSDS;i++)); do
  [ $NEW = 1 ] && { u=$(cat /proc/sys/kernel/random/uuid); ceph "${C[@]}" osd new "$u" "$i" > /dev/null; mkdir -p "$ROOT/osd.$i"; ceph-osd "${C[@]}" -i "$i" --mkfs --osd-uuid "$u" > "$ROOT/log/mkfs-osd.$i.out" 2>&1 || die "osd.$i mkfs"; }
  spawn osd.$i ceph-osd "${C[@]}" -f -i "$i"
done
up=0; for ((t=0;t<300;t++)); do ceph "${C[@]}" osd stat -f json 2>/dev/null | grep -qE "\"num_up_osds\": ?$OSDS[,}]" && { up=1; break; }; sleep 0.1; done
[ $up = 1 ] || die "osds not up"; say "osds up"
[ $NEW = 1 ] && { timeout 120 radosgw-admin "${C[@]}" user create --uid=test --display-name=test --access-key="$ACCESS_KEY" --secret-key="$SECRET_KEY" > "$ROOT/log/user.out" 2>&1 || die "S3 user"; say "S3 user created"; }
for ((i=0;i<RGWS;i++)); do p=$((PORT+i)); (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null && die "port $p is in use"; spawn rgw.$i radosgw "${C[@]}" -f -n client.rgw.$i --rgw_frontends="beast endpoint=127.0.0.1:$p tcp_nodelay=1"; done
for ((i=0;i<RGWS;i++)); do p=$((PORT+i)); ok=0; for ((t=0;t<600;t++)); do (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null && { ok=1; break; }; sleep 0.1; done; [ $ok = 1 ] || die "radosgw $i"; done
say "S3 ready: http://127.0.0.1:$PORT access=$ACCESS_KEY (path style, region us-east-1)"
