#!/bin/sh
# 清溪办公室的安装、升级和卸载 / installs, upgrades and removes a Qingxi office (docs/install.md).
# Debian 12+, Ubuntu 22.04+, and UOS or Kylin with Python 3.11 and nginx.
set -eu
umask 022  # the office's user must read the program, whatever root's own custom is
unset PYTHONPATH PYTHONHOME 2>/dev/null || true  # the environment is made of the lock alone

here=$(cd "$(dirname "$0")/.." && pwd)
root="" host="" http=80 https=443 certificate="" key="" database="" wheels="" venv="" python="" do=install start=yes

usage() { cat <<'X'
deploy/install.sh [选项]
  --host 名字或地址       办公室的网址,例如 office.county.gov.cn(第一次安装必填)
  --certificate 文件 --key 文件   县里的证书和私钥(PEM);不给:先造一张自签的
  --database 地址         postgresql://用户:密码@主机/库名;不给:SQLite
  --wheels 目录           离线安装包里的 wheels 目录(默认:本目录下有 wheels 就用)
  --python 程序           Python 3.11 以上(默认 python3.11,否则 python3)
  --http N --https N      端口(默认 80、443)
  --no-start              只装,不启动
  --back                  退回上次升级以前:程序和账本一起退(其后记的账另存一份备份)
  --uninstall             卸载程序和服务;账本、备份、设置都留着
  --root 目录             装到这个目录下面(打包和试装用):不建用户,不动服务
  --venv 目录             用已有的 Python 环境,不另建
X
}
say() { printf '%s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 2; }
need_value() { [ $# -ge 2 ] && [ -n "$2" ] || die "$1 后面要有值"; }

while [ $# -gt 0 ]; do
  case $1 in
    --host|--certificate|--key|--database|--wheels|--python|--http|--https|--root|--venv)
      need_value "$@"; name=${1#--}; eval "$name=\$2"; shift 2 ;;
    --no-start) start=no; shift ;;
    --uninstall) do=uninstall; shift ;;
    --back) do=back; shift ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; die "不认得 $1" ;;
  esac
done
[ -n "$root" ] || [ "$(id -u)" = 0 ] || die "请用 root 运行(sudo)"
real() { [ -z "$root" ]; }  # a real installation, not one into a directory
case $host in *[!A-Za-z0-9.:_-]*) die "网址“$host”里有不该有的字" ;; esac
case $database in *\'*) die "数据库地址里不能有单引号:密码里的请写成 %27" ;; esac

units="qingxi-web.service qingxi-worker.service qingxi-receiver.service qingxi-forward.service qingxi-mqtt.service qingxi-nightly.service qingxi-nightly.timer"
opt=$root/opt/qingxi etc=$root/etc/qingxi home=$root/var/lib/qingxi log=$root/var/log/qingxi

uninstall() {
  if real; then
    for unit in $units; do systemctl disable --now "$unit" >/dev/null 2>&1 || true; done
  fi
  for unit in $units; do rm -f "$root/etc/systemd/system/$unit"; done
  rm -f "$root/etc/nginx/conf.d/qingxi.conf" "$root/etc/logrotate.d/qingxi" "$root/usr/local/bin/qingxi"
  rm -rf "$opt"
  if real; then
    systemctl daemon-reload
    systemctl reload nginx >/dev/null 2>&1 || true
  fi
  say "程序和服务已卸载。账本、附件和备份还在 $home,设置和证书还在 $etc。"
  say "确实不要了,再运行:rm -r $home $etc $log; userdel qingxi"
}

packages() {
  real || return 0
  missing=""
  command -v nginx >/dev/null || missing="$missing nginx-light"
  command -v openssl >/dev/null || missing="$missing openssl"
  command -v logrotate >/dev/null || missing="$missing logrotate"
  [ -n "$venv" ] || "$python" -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
  [ -z "$missing" ] && return 0
  command -v apt-get >/dev/null || die "请先装:$missing"
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing || die "装不上:$missing。内网机器请从安装光盘或县里的镜像装"
}

find_python() {
  [ -n "$python" ] || python=$(command -v python3.12 || command -v python3.11 || command -v python3 || true)
  [ -n "$python" ] || die "没有 Python:请先装 python3.11"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "$python 太旧,要 3.11 以上(--python 指到新的)"
}

user_and_folders() {
  if real && ! id qingxi >/dev/null 2>&1; then
    useradd --system --home-dir /var/lib/qingxi --shell /usr/sbin/nologin qingxi
  fi
  mkdir -p "$opt" "$etc/tls" "$home" "$log" "$root/etc/systemd/system" "$root/etc/nginx/conf.d" "$root/etc/logrotate.d" "$root/usr/local/bin"
  chmod 750 "$home"
  if real; then chown qingxi:qingxi "$home"; chgrp adm "$log" 2>/dev/null || true; fi
}

program() {
  if [ -n "$venv" ]; then
    ln -sfn "$(cd "$venv" && pwd)" "$opt/venv"
    return
  fi
  [ -n "$wheels" ] || { [ -d "$here/wheels" ] && wheels=$here/wheels; } || true
  rm -rf "$opt/venv.new"
  "$python" -m venv "$opt/venv.new"
  pip="$opt/venv.new/bin/python -m pip --disable-pip-version-check install --quiet"
  if [ -n "$wheels" ]; then
    say "离线安装:$wheels"
    $pip --no-index --find-links "$wheels" --require-hashes -r "$here/requirements.lock" || die "离线包不全"
    $pip --no-index --no-deps "$wheels"/qingxi-*.whl || die "离线包里没有 qingxi"
  else
    $pip --require-hashes -r "$here/requirements.lock" || die "下载不全:内网请用离线包(--wheels)"
    $pip --no-deps --no-build-isolation "$here"
  fi
  # The programs of an environment name its own path: it is moved to its place and told so.
  rm -rf "$opt/venv.former"
  [ -d "$opt/venv" ] && mv "$opt/venv" "$opt/venv.former"
  mv "$opt/venv.new" "$opt/venv"
  grep -rlI "$opt/venv.new" "$opt/venv/bin" "$opt/venv/pyvenv.cfg" | xargs -r sed -i "s|$opt/venv.new|/opt/qingxi/venv|g"
}

former_program() {
  [ -d "$opt/venv.former" ] || return 0
  rm -rf "$opt/venv.failed"
  mv "$opt/venv" "$opt/venv.failed"
  mv "$opt/venv.former" "$opt/venv"
}

certificate() {
  if [ -n "$certificate" ]; then
    [ -f "$certificate" ] && [ -f "$key" ] || die "--certificate 和 --key 都要是文件"
    a=$(openssl x509 -in "$certificate" -noout -pubkey) || die "$certificate 不是 PEM 证书"
    b=$(openssl pkey -in "$key" -pubout) || die "$key 不是 PEM 私钥"
    [ "$a" = "$b" ] || die "证书和私钥不是一对"
    cp "$certificate" "$etc/tls/office.pem"; cp "$key" "$etc/tls/office.key"
  elif [ ! -f "$etc/tls/office.pem" ]; then
    case $host in *[!0-9.]*) alt="DNS:$host" ;; *) alt="IP:$host" ;; esac
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 397 -subj "/CN=$host" -addext "subjectAltName=$alt" \
      -keyout "$etc/tls/office.key" -out "$etc/tls/office.pem" 2>/dev/null
    say "先用自签的证书,浏览器会提醒;拿到县里的证书后:deploy/install.sh --certificate 文件 --key 文件"
  fi
  chmod 644 "$etc/tls/office.pem"; chmod 600 "$etc/tls/office.key"
}

settings() {
  env=$etc/qingxi.env
  if [ -f "$env" ]; then
    [ -n "$host" ] || host=$(sed -n 's/^QINGXI_HOSTS=\([^,]*\).*/\1/p' "$env")
    [ -n "$database" ] || database=$(sed -n "s/^QINGXI_DATABASE='\(.*\)'$/\1/p" "$env")
  fi
  [ -n "$host" ] || die "第一次安装要说网址:--host office.county.gov.cn"
  port=""; [ "$https" = 443 ] || port=:$https
  umask 077  # the database's password may stand in it
  {
    echo "# 清溪办公室的设置;改后 systemctl restart qingxi-web qingxi-worker"
    echo "QINGXI_HOME=/var/lib/qingxi"
    echo "QINGXI_HOSTS=$host,127.0.0.1,localhost"
    echo "QINGXI_ORIGINS=https://$host$port"
    echo "QINGXI_URL=https://$host$port"
    echo "QINGXI_TLS=1"
    echo "QINGXI_CERTIFICATE=/etc/qingxi/tls/office.pem"
    [ -z "$database" ] || echo "QINGXI_DATABASE='$database'"
    echo "NUMBA_CACHE_DIR=/var/cache/qingxi"
    echo "LANG=C.UTF-8"
    echo "TZ=Asia/Shanghai"
  } > "$env.new"
  umask 022
  chmod 640 "$env.new"
  mv "$env.new" "$env"
  if real; then chown root:qingxi "$env"; fi
}

services() {
  for unit in $units; do install -m 644 "$here/deploy/systemd/$unit" "$root/etc/systemd/system/$unit"; done
  redirect=""; [ "$https" = 443 ] || redirect=:$https
  sed -e "s|@HOST@|$host|g; s|@HTTP@|$http|g; s|@HTTPS@|$https|g; s|@REDIRECT_PORT@|$redirect|g" "$here/deploy/nginx.conf" > "$root/etc/nginx/conf.d/qingxi.conf"
  install -m 644 "$here/deploy/logrotate.conf" "$root/etc/logrotate.d/qingxi"
  cat > "$root/usr/local/bin/qingxi" <<'X'
#!/bin/sh
# The office's commands as the office's own user, with its settings: qingxi office doctor
set -a; . /etc/qingxi/qingxi.env; set +a
cd /var/lib/qingxi
if [ "$(id -un)" = qingxi ]; then exec /opt/qingxi/venv/bin/qingxi "$@"; fi
exec runuser -u qingxi -- /opt/qingxi/venv/bin/qingxi "$@"
X
  chmod 755 "$root/usr/local/bin/qingxi"
}

run_it() {
  real && [ "$start" = yes ] || return 0
  command -v systemctl >/dev/null || die "装好了,但这台机器没有 systemd:请按 docs/install.md 手工启动"
  systemctl daemon-reload
  say "升级账本(先备份,不成就退回)…"
  if ! /usr/local/bin/qingxi office upgrade; then
    [ -d "$opt/venv.former" ] || die "账本没有建成,看上面;改好后再运行一次"
    former_program
    systemctl start qingxi-web qingxi-worker 2>/dev/null || true
    die "账本没有升级成:程序和账本都退回了原来的版本"
  fi
  nginx -t -q || die "nginx 的设置不对,看上面"
  systemctl enable --now qingxi-web qingxi-worker qingxi-receiver qingxi-forward qingxi-mqtt qingxi-nightly.timer >/dev/null 2>&1 || true
  systemctl restart qingxi-web qingxi-worker
  systemctl enable nginx >/dev/null 2>&1 || true
  systemctl reload-or-restart nginx
  /usr/local/bin/qingxi office doctor --quick || true
}

back() {
  [ -d "$opt/venv.former" ] || die "没有留着上一版的程序,退不回去"
  systemctl stop qingxi-web qingxi-worker
  # The present program knows how to put its books back; then the former one takes its place.
  /usr/local/bin/qingxi office upgrade --back || die "账本没有退成,程序也没有换"
  former_program
  systemctl start qingxi-web qingxi-worker
  say "程序和账本都退回了上一版。"
}

words() {
  port=""; [ "$https" = 443 ] || port=:$https
  say "装好了:https://$host$port/"
  say "防火墙只放行 $https(和 $http,它只转到 $https);有设备上传再放行 9212/tcp。例如:"
  say "  ufw allow $https/tcp    或    firewall-cmd --permanent --add-port=$https/tcp && firewall-cmd --reload"
  say "第一位县主管:打开上面的网址按提示填,或 qingxi office first_officer"
  say "备份每夜在 /var/lib/qingxi/backups;请把它挂到另一块盘,或每周抄走。"
}

if [ "$do" = uninstall ]; then uninstall; exit 0; fi
if [ "$do" = back ]; then back; exit 0; fi
[ -n "$venv" ] || find_python
if real && [ -d "$opt/venv" ]; then systemctl stop qingxi-web qingxi-worker >/dev/null 2>&1 || true; fi
packages
user_and_folders
settings
certificate
program
services
run_it
words
