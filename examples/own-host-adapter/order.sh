#!/bin/sh
# Orders a host, or gives it back; replace the two commands by your provider's own. Prints what the adapter reads, and nothing else.
set -eu
case $1 in
  create) provider-cli server create --name "$HOST_NAME" --place "$PLACE" --image debian-12 --user-data - --json ;;
  delete) provider-cli server delete --name "$HOST_NAME" >&2 ;;
esac
