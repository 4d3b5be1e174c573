#!/bin/sh
# Tries the whole of docs/install.md for real, as root: a bare Debian 12 with systemd as its first process and without a
# network, the offline bundle, the installer, TLS by a county's own authority, a restart of the machine, the night's
# backup and its restore, and, when a former bundle is named, the upgrade from it and the way back.
#
#   make bundle
#   sudo tools/try_install.sh FOLDER sqlite|postgresql dist/qingxi-VERSION.tar [FORMER.tar]
#
# Needs debootstrap, systemd-nspawn (package systemd-container) and a Debian mirror (MIRROR=…). FOLDER keeps the bare
# system for the next time (base-sqlite, base-postgresql); the tried machine lies in FOLDER/machine and is made anew.
# Nothing outside FOLDER is changed. Ends with one line a step: seconds, what was done.
set -eu

[ $# -ge 3 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2; }
[ "$(id -u)" = 0 ] || { echo "run it as root" >&2; exit 2; }
mkdir -p "$1"
here=$(cd "$1" && pwd) engine=$2 bundle=$(realpath "$3") former=${4:+$(realpath "$4")}
mirror=${MIRROR:-http://deb.debian.org/debian}
machine=$here/machine host=office.county.example
case $engine in sqlite | postgresql) ;; *) echo "sqlite or postgresql" >&2; exit 2 ;; esac
for program in debootstrap systemd-nspawn nsenter; do
  command -v $program >/dev/null || { echo "there is no $program here" >&2; exit 2; }
done

leader="" nspawn="" steps=$here/steps.txt
: > "$steps"
began=$(date +%s)
say() { printf '== %s\n' "$*"; }
step() { # step NAME: closes the one before and begins this one
  now=$(date +%s)
  [ -z "${doing:-}" ] || printf '%4d s  %s\n' $((now - since)) "$doing" >> "$steps"
  doing=$1 since=$now
  [ -z "$doing" ] || say "$doing"
}
fail() { printf 'FAILED: %s (in: %s)\n' "$*" "$doing" >&2; exit 1; }

off() {
  [ -n "$nspawn" ] || return 0
  [ -z "$leader" ] || kill -s RTMIN+4 "$leader" 2>/dev/null || true  # systemd's word for: power off
  for _ in $(seq 60); do kill -0 "$nspawn" 2>/dev/null || break; sleep 0.5; done
  kill "$nspawn" 2>/dev/null || true
  wait "$nspawn" 2>/dev/null || true
  nspawn="" leader=""
}
trap off EXIT

on() {
  systemd-nspawn --quiet --boot --register=no --keep-unit --private-network -D "$machine" -M qingxi-try </dev/null >> "$here/console.log" 2>&1 &
  nspawn=$!
  for _ in $(seq 120); do
    leader=$(ps -o pid= --ppid "$nspawn" | tr -d ' ' | head -n 1)
    [ -n "$leader" ] && at 'systemctl is-system-running' 2>/dev/null | grep -Eq 'running|degraded' && break
    leader="" && sleep 0.5
  done
  [ -n "$leader" ] || fail "the machine did not start: $here/console.log"
}
# The words of a county's keeper, as root on the machine.
at() { nsenter -t "$leader" -m -u -i -n -p -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 sh -ec "cd /root; $*"; }

get() { # get ADDRESS: status, then the page, trusting the county's authority only
  at "python3 - '$1' <<'P'
import ssl, sys, urllib.request, urllib.error
trust = ssl.create_default_context(cafile='/root/ca.pem')
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *a): return None
open_ = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), Stay).open
try: answer = open_(sys.argv[1], timeout=60)
except urllib.error.HTTPError as e: answer = e
print(answer.status, answer.headers.get('Location', ''), answer.headers.get('Strict-Transport-Security', ''))
print(answer.read().decode()[:200000])
P"
}

answers() {
  for _ in $(seq 60); do get "https://$host/sign-in/" 2>/dev/null | head -n 1 | grep -q '^200' && break; sleep 1; done
  get "https://$host/sign-in/" > "$here/sign-in.html"
  head -n 1 "$here/sign-in.html" | grep -q '^200.*max-age' || fail "no sign-in page by TLS: $(head -n 1 "$here/sign-in.html")"
  grep -q 'name="password"' "$here/sign-in.html" || fail "the sign-in page asks for no password"
  get "http://$host/" | head -n 1 | grep -q "^301 https://$host/" || fail "http does not lead to https"
}

runs() {
  for unit in qingxi-web qingxi-worker qingxi-receiver nginx qingxi-nightly.timer; do
    at "systemctl is-active --quiet $unit" || { at "journalctl --no-pager -n 30 -u $unit" >&2; fail "$unit does not run"; }
  done
  at 'systemctl --failed --no-legend --plain' | grep qingxi && fail "a unit of the office failed"
  at 'ss -ltn' | grep -q ':9212 ' || fail "nobody listens for devices"
  at 'ss -ltn' | grep ':8017 ' | grep -q '127.0.0.1:8017' || fail "pages are open to others than nginx"
}

doctor() { at 'qingxi office doctor' > "$here/doctor.txt" 2>&1 || { cat "$here/doctor.txt" >&2; fail "the doctor finds something wrong"; }; cat "$here/doctor.txt"; }

# What the books hold, by table, that an upgrade and its way back must not change.
counts() {
  at 'qingxi office shell -c "
from qingxi_office.people.models import User; from qingxi_office.places.models import Place
from qingxi_office.facilities.models import FacilityRecord; from qingxi_office.villages.models import HouseholdRecord
print(\"COUNTS\", *(m.objects.count() for m in (User, Place, FacilityRecord, HouseholdRecord)))"' | grep '^COUNTS'
}

base=$here/base-$engine
step "a bare Debian 12 with the packages the guide names"
if [ ! -f "$base/.made" ]; then
  rm -rf "$base"
  debootstrap --variant=minbase --include=systemd-sysv,dbus,iproute2,procps,python3,ca-certificates bookworm "$base" "$mirror" > "$here/debootstrap.log" 2>&1
  cp /etc/resolv.conf "$base/etc/resolv.conf"
  more=""; [ "$engine" = sqlite ] || more="postgresql postgresql-15-postgis-3"
  # No service may start while the disk is being filled: the machine is not on yet.
  printf '#!/bin/sh\nexit 101\n' > "$base/usr/sbin/policy-rc.d"; chmod 755 "$base/usr/sbin/policy-rc.d"
  chroot "$base" sh -ec "apt-get update -q; DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-venv nginx-light openssl logrotate $more; apt-get clean" > "$here/apt.log" 2>&1
  rm "$base/usr/sbin/policy-rc.d"
  touch "$base/.made"
fi

step "the machine: bundle carried over, switched on"
rm -rf "$machine" "$here/console.log"
cp -a --reflink=auto "$base" "$machine"
printf '127.0.0.1 localhost %s\n' "$host" > "$machine/etc/hosts"
echo county > "$machine/etc/hostname"
mkdir -p "$machine/root/new" "$machine/root/former"
cp "$bundle" "$bundle.sha256" "$machine/root/new/"
[ -z "$former" ] || cp "$former" "$machine/root/former/"
on
at 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=County CA" -keyout ca.key -out ca.pem
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN='$host'" -keyout county.key -out county.csr
  echo "subjectAltName=DNS:'$host'" > san
  openssl x509 -req -in county.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile san -out county.pem' 2>/dev/null

database=""
if [ "$engine" = postgresql ]; then
  step "PostgreSQL as the guide says"
  at 'systemctl start postgresql; for _ in $(seq 30); do runuser -u postgres -- psql -c "" >/dev/null 2>&1 && break; sleep 1; done
    runuser -u postgres -- psql -qc "CREATE ROLE qingxi LOGIN PASSWORD '"'geheim'"'"
    runuser -u postgres -- createdb -O qingxi -T template0 -E UTF8 --locale=C.UTF-8 qingxi
    runuser -u postgres -- psql -q qingxi -c "CREATE EXTENSION postgis"'
  database="--database postgresql://qingxi:geheim@127.0.0.1/qingxi"
fi

first=new; [ -z "$former" ] || first=former
step "the bundle's hash, unpacked, installed ($first)"
at "cd new; sha256sum -c --quiet *.tar.sha256; tar xf *.tar; cd ..; [ ! -e former/*.tar ] || tar -C former -xf former/*.tar"
at "$first/qingxi-*/deploy/install.sh --host $host --certificate county.pem --key county.key $database" || fail "the installer"
at 'systemd-analyze verify /etc/systemd/system/qingxi-*' || fail "systemd does not accept a unit"
answers; runs

step "the county's first officer and its books, by command"
at "qingxi county --size hamlet --seed 7 --out /var/lib/qingxi/county" > "$here/county.txt"
at "qingxi office first_officer --county 天河坝县 --code 999901 --username jiguan --name 机管员 --password 'Shan-2026-xi-liu'"
at "qingxi office load /var/lib/qingxi/county" || fail "the books could not be loaded"
counts > "$here/counts-1.txt"; cat "$here/counts-1.txt"

step "signing in by TLS, through nginx"
signs_in() { at "python3 - '$host' <<'P'
import http.cookiejar, re, ssl, sys, urllib.parse, urllib.request
root = 'https://' + sys.argv[1]
trust = ssl.create_default_context(cafile='/root/ca.pem')
jar = http.cookiejar.CookieJar()
web = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), urllib.request.HTTPCookieProcessor(jar))
page = web.open(root + '/sign-in/', timeout=60).read().decode()
token = re.search(r'name=.csrfmiddlewaretoken. value=.([^\"]+)', page)[1]
said = urllib.parse.urlencode({'csrfmiddlewaretoken': token, 'username': 'jiguan', 'password': 'Shan-2026-xi-liu'})
answer = web.open(urllib.request.Request(root + '/sign-in/', said.encode(), {'Referer': root + '/sign-in/'}), timeout=60)
print(answer.status, answer.geturl())
assert answer.status == 200 and 'sign-in' not in answer.geturl(), answer.geturl()
for cookie in jar:
    assert cookie.secure or cookie.name == 'django_language', cookie.name
P"; }
signs_in || fail "the officer does not get in"

step "the machine is switched off and on"
off; on
for _ in $(seq 60); do get "https://$host/sign-in/" >/dev/null 2>&1 && break; sleep 1; done
answers; runs; signs_in

step "the night: backup and examination as the timer starts them"
at 'systemctl start qingxi-nightly.service' || { at 'journalctl --no-pager -n 40 -u qingxi-nightly' >&2; fail "the night's work"; }
at 'systemctl list-timers --no-legend qingxi-nightly.timer | grep -q qingxi-nightly.service' || fail "the timer is not set"
doctor

step "a backup restored and held against itself"
at 'qingxi office restore "$(ls -t /var/lib/qingxi/backups/qingxi-*.tar.zst | head -n 1)" --home /var/tmp/qingxi-practice --verify; rm -rf /var/tmp/qingxi-practice' || fail "the backup does not restore"

if [ -n "$former" ]; then
  step "the upgrade"
  at "new/qingxi-*/deploy/install.sh" || fail "the upgrade"
  answers; runs; signs_in
  counts > "$here/counts-2.txt"
  cmp "$here/counts-1.txt" "$here/counts-2.txt" || fail "the upgrade lost rows"
  doctor
  step "the way back"
  at "new/qingxi-*/deploy/install.sh --back" || fail "the way back"
  answers; runs; signs_in
  counts > "$here/counts-3.txt"
  cmp "$here/counts-1.txt" "$here/counts-3.txt" || fail "the way back lost rows"
  step "and the upgrade again"
  at "new/qingxi-*/deploy/install.sh" || fail "the second upgrade"
  answers; runs; signs_in
fi

step "the installer once more changes nothing"
at 'sha256sum /etc/qingxi/qingxi.env /etc/qingxi/tls/*' > "$here/settings-1.txt"
at "new/qingxi-*/deploy/install.sh" || fail "the installer a second time"
at 'sha256sum /etc/qingxi/qingxi.env /etc/qingxi/tls/*' | cmp - "$here/settings-1.txt" || fail "settings changed"
answers; runs; signs_in

step "removal keeps the books"
at "new/qingxi-*/deploy/install.sh --uninstall"
at 'test -f /var/lib/qingxi/office.json -a -f /etc/qingxi/qingxi.env -a ! -e /opt/qingxi -a ! -e /etc/systemd/system/qingxi-web.service; ls /var/lib/qingxi/backups/*.tar.zst >/dev/null; ! systemctl is-active --quiet qingxi-web' || fail "removal"
step ""
off
cat "$steps"
echo "all of it: $(($(date +%s) - began)) s; $engine; everything answered"
