#!/bin/sh
# Writes the database that DATABASE_URL names to /backup. Its password comes by PGPASSFILE.
set -eu
: "${DATABASE_URL:=postgresql://postgres@db/postgres}"

exec pg_dump --format=custom --file="/backup/$(date -u +%Y%m%dT%H%M%SZ).dump" "$DATABASE_URL"
