#!/bin/sh
set -eu

if ! test -w /data; then
    echo "user $(id -u) cannot write to /data" >&2
    exit 1
fi

exec python /app/guestbook.py
