#!/bin/sh
set -eu

# Settings of the container, not of the image: docker run -e PORT=9090
envsubst '$PORT' < /etc/lighttpd/lighttpd.conf.template > /tmp/lighttpd.conf
mkdir -p /tmp/www
envsubst '$NAME' < /srv/index.html > /tmp/www/index.html

# Without exec the shell would stay process 1, and docker stop would wait for ten seconds.
exec "$@"
