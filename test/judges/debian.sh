# Servers that Debian and its descendants carry. Elsewhere they are used where they are found.
DEBIAN_JUDGES="openssh nginx apache tinyproxy rgw kerberos htpasswd openssl flock docker-registry skopeo redis postgres"

debian_packages() { # name -> packages
  case $1 in
    openssh) echo openssh-server openssh-client ;;
    nginx) echo nginx-light libnginx-mod-http-dav-ext ;;
    apache) echo apache2-bin libapache2-mod-auth-gssapi ;;
    kerberos) echo krb5-kdc krb5-admin-server krb5-user libkrb5-dev ;;
    tinyproxy) echo tinyproxy-bin ;;
    rgw) echo radosgw ceph-mon ceph-osd ceph-mgr ceph-common curl bc ;;
    htpasswd) echo apache2-utils ;;
    openssl) echo openssl ;;
    flock) echo util-linux ;;
    docker-registry) echo docker-registry ;;
    skopeo) echo skopeo ;;
    redis) echo redis-server ;;
    postgres) echo postgresql ;;
  esac
}
debian_programs() { # name -> programs that must be there
  case $1 in
    openssh) echo sshd ssh ssh-keygen ;;
    nginx) echo nginx ;;
    apache) echo apache2 ;;
    kerberos) echo krb5kdc kadmin.local kinit krb5-config ;;
    tinyproxy) echo tinyproxy ;;
    rgw) echo radosgw ceph-mon ceph-osd ceph-authtool monmaptool radosgw-admin ceph ;;
    redis) echo redis-server ;;
    postgres) echo postgres initdb ;;
    *) echo "$1" ;;
  esac
}

install_debian() {
  local name absent="" packages=""
  for name in $DEBIAN_JUDGES; do
    is_wanted "$name" || continue
    if has_programs "$name"; then
      say "$name" "kept"
      touch "$scratch/done/$name"
    else
      absent="$absent $name"
      packages="$packages $(debian_packages "$name")"
    fi
  done
  [ -n "$absent" ] || return 0
  # All at once is fast; one by one tells which of them cannot be had.
  apt_install $packages >"$scratch/apt.log" 2>&1 || true
  for name in $absent; do
    has_programs "$name" || apt_install $(debian_packages "$name") >"$scratch/apt-$name.log" 2>&1 || true
    if has_programs "$name"; then
      say "$name" "installed $(debian_packages "$name")"
      touch "$scratch/done/$name"
    else
      missing "$name" "$(tail -n 1 "$scratch/apt-$name.log")"
    fi
  done
}

has_programs() { # name
  local program
  for program in $(debian_programs "$1"); do
    PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin:$(postgres_folder) command -v "$program" >/dev/null || return 1
  done
}

# Debian keeps the programs of PostgreSQL out of PATH, a folder for each major version.
postgres_folder() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1; }

# Installs packages without starting their services: the tests start their own, on their own ports.
apt_install() { # package...
  command -v apt-get >/dev/null || { echo "there is no apt-get here; install it by hand: $*"; return 1; }
  [ "$(id -u)" = 0 ] || { echo "needs root: apt-get install $*"; return 1; }
  local policy=/usr/sbin/policy-rc.d placed="" status=0
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && placed=1
  fi
  if [ ! -e "$scratch/apt-updated" ]; then
    apt-get -o DPkg::Lock::Timeout=300 update -q </dev/null && touch "$scratch/apt-updated"
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@" </dev/null || status=$?
  [ -z "$placed" ] || rm -f $policy
  return $status
}
