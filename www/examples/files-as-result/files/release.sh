#!/bin/sh
# release.sh FOLDER: packs the files into FOLDER, with their checksums.
set -eu
out=$1
version=$(head -n 1 CHANGELOG)

mkdir -p "$out"
tar -czf "$out/icons-$version.tar.gz" share
cd "$out"
sha256sum ./*.tar.gz > SHA256SUMS
