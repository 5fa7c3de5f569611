#!/bin/sh
# Makes the certificates with which Stageplay and BuildKit daemons know each other (mutual TLS), in a
# folder: an authority, one certificate for the daemons, one for Stageplay. Needs openssl.
#
#   deploy/certs.sh DIR [NAME…]     NAME: more names of the daemons, beside buildkitd and localhost
set -eu

dir=${1:?"usage: certs.sh DIR [NAME…]"}
shift
days=825
names="DNS:buildkitd,DNS:localhost,IP:127.0.0.1"
for name in "$@"; do names="$names,DNS:$name"; done

# The folder keeps others out. The files are readable, since containers get them one by one and run
# as users of their own.
umask 022
mkdir -p "$dir"
chmod 700 "$dir"
cd "$dir"
if [ ! -e ca-key.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$days" \
    -subj "/CN=Stageplay builds" -keyout ca-key.pem -out ca.pem 2>/dev/null
fi

# sign NAME USAGE [ALTERNATIVE-NAMES]
sign() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
    -keyout "$1-key.pem" -out "$1.csr" 2>/dev/null
  {
    echo "extendedKeyUsage=$2"
    [ -z "${3:-}" ] || echo "subjectAltName=$3"
  } > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days "$days" \
    -extfile "$1.ext" -out "$1.pem" 2>/dev/null
  chmod 644 "$1-key.pem"
  rm "$1.csr" "$1.ext"
}
sign buildkitd serverAuth "$names"
sign stageplay clientAuth
echo "$dir: ca.pem, buildkitd.pem, buildkitd-key.pem, stageplay.pem, stageplay-key.pem (keep ca-key.pem elsewhere)"
