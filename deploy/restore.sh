#!/bin/sh
# Brings a platform back from what deploy/backup.sh saved, into an empty DATA_DIR and an empty database:
#   DATA_DIR=… [DATABASE_URL=…] deploy/restore.sh FOLDER DATABASE_FILE KEY_FILE
#
# Take the newest KEY_FILE, also for an old database: keys only ever grow, except for people who were erased, and
# those must stay erased. The engine is not restored: sessions are set off again from the database.
set -eu
umask 077

[ $# -eq 3 ] || { echo "usage: $0 FOLDER DATABASE_FILE KEY_FILE" >&2; exit 2; }
folder=$1 database=$2 keys=$3
data=${DATA_DIR:-./data}
for part in database objects keys engine; do
  if [ -e "$data/$part" ]; then
    echo "$0: $data/$part exists: restore into an empty DATA_DIR" >&2
    exit 1
  fi
done
for file in "$database" "$keys"; do
  (cd "$(dirname "$file")" && sha256sum --check --quiet "$(basename "$file").sha256")
done

mkdir -p "$data"
chmod 700 "$data"
case $database in
  *.dump)
    : "${DATABASE_URL:?the backup is of a PostgreSQL: say where it goes}"
    tables=$(psql "$DATABASE_URL" -qAtc "select count(*) from pg_tables where schemaname = 'public'")
    if [ "$tables" != 0 ]; then
      echo "$0: the database is not empty" >&2
      exit 1
    fi
    # Roles belong to the server, so no backup of a database holds them. An administrator may have granted them.
    for role in bonafide_tenant bonafide_system; do
      known=$(psql "$DATABASE_URL" -qAtc "select count(*) from pg_roles where rolname = '$role'")
      [ "$known" = 1 ] || psql "$DATABASE_URL" -qc "create role $role nologin"
      psql "$DATABASE_URL" -qc "grant $role to current_user" 2> /dev/null || true
    done
    pg_restore --no-owner --exit-on-error --single-transaction --dbname="$DATABASE_URL" "$database"
    ;;
  *) tar -xf "$database" -C "$data" ;;
esac
tar -xf "$keys" -C "$data"
if [ -d "$folder/objects" ]; then
  cp -a "$folder/objects" "$data/objects"
fi
echo "restored into $data: start the platform, then run \`bonafide sessions resume\` if Restate is your own"
