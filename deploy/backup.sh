#!/bin/sh
# Saves database, objects and keys of a platform, each under its own retention:
#   DATA_DIR=… [DATABASE_URL=…] deploy/backup.sh FOLDER KEY_FOLDER
#
# FOLDER/database-STAMP.*   the database; kept KEEP_DAYS (30)
# FOLDER/objects/           ciphertext, immutable: only what is new is copied; kept KEEP_DAYS after its end
# KEY_FOLDER/keys-STAMP.tar the keys; kept KEEP_KEY_DAYS (7). Erasing a person is destroying a key, so this is
#                           how long an erased person can be brought back. Keep it apart from FOLDER.
#
# With DATABASE_URL the platform may run. BACKUP_DATABASE_URL names a role that reads past row-level security.
# The embedded database is copied as files, so the platform has to be stopped.
set -eu
umask 077

[ $# -eq 2 ] || { echo "usage: $0 FOLDER KEY_FOLDER" >&2; exit 2; }
folder=$1 key_folder=$2
data=${DATA_DIR:-./data}
stamp=$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$folder/objects" "$key_folder"
# What a backup that was interrupted left behind is never taken for a backup.
rm -f "$folder"/*.part "$key_folder"/*.part

# Database first: every object that its rows refer to exists by then.
if [ -n "${DATABASE_URL:-}" ]; then
  name=database-$stamp.dump
  pg_dump --format=custom --no-owner --file="$folder/$name.part" "${BACKUP_DATABASE_URL:-$DATABASE_URL}"
  pg_restore --list "$folder/$name.part" > /dev/null
else
  [ -d "$data/database" ] || { echo "$0: no database in $data" >&2; exit 1; }
  if [ -e "$data/platform.lock" ]; then
    echo "$0: stop the platform first: its embedded database is copied as files" >&2
    exit 1
  fi
  name=database-$stamp.tar
  tar -cf "$folder/$name.part" -C "$data" database
fi
mv "$folder/$name.part" "$folder/$name"

# With S3 the bucket has its own replication.
if [ -d "$data/objects" ]; then
  rsync -a --ignore-existing --exclude=/tmp/ "$data/objects/" "$folder/objects/"
fi

tar -cf "$key_folder/keys-$stamp.tar.part" -C "$data" keys
mv "$key_folder/keys-$stamp.tar.part" "$key_folder/keys-$stamp.tar"
(cd "$folder" && sha256sum "$name" > "$name.sha256")
(cd "$key_folder" && sha256sum "keys-$stamp.tar" > "keys-$stamp.tar.sha256")

keep=${KEEP_DAYS:-30} keep_keys=${KEEP_KEY_DAYS:-7}
find "$folder" -maxdepth 1 -name 'database-*' -mtime "+$keep" -delete
find "$key_folder" -maxdepth 1 -name 'keys-*' -mtime "+$keep_keys" -delete
# Objects that the platform has removed. Their age counts from when the backup last saw them in use.
if [ -d "$data/objects" ]; then
  (cd "$folder/objects" && find . -type f) | while IFS= read -r path; do
    if [ -e "$data/objects/$path" ]; then touch "$folder/objects/$path"; fi
  done
  find "$folder/objects" -type f -mtime "+$keep" -delete
fi
echo "saved $folder/$name and $key_folder/keys-$stamp.tar"
