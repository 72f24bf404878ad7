#!/usr/bin/env bash
# A caller source over a sandbox that runs in another process: test/contract/README.md says what a
# caller source is. It asks the address in LK_TRANSFER_SOURCE_URL (test/support/place-calls.ts) for a
# call that behaves as its one argument says, prints it, and ends it once standard input closes.
# In bash, since a suite starts it once a call: Node with its fetch takes a hundred times as long.
set -euo pipefail

# EX_UNAVAILABLE of sysexits.h: a behaviour that this source cannot make.
CANNOT_MAKE=69

[[ $LK_TRANSFER_SOURCE_URL =~ ^http://([^:/]+):([0-9]+)/$ ]]
host=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}

# Sends METHOD NAME; sets `status` and `body`. No name of a behaviour or of a room needs an escape.
ask() {
  exec 3<>"/dev/tcp/$host/$port"
  printf '%s /%s HTTP/1.0\r\nHost: %s\r\nContent-Length: 0\r\n\r\n' "$1" "$2" "$host" >&3
  read -r _ status _ <&3
  while read -r header <&3 && [[ $header != $'\r' ]]; do :; done
  read -r -d '' body <&3 || true
  exec 3>&-
}

ask POST "${1:-}"
if [[ $status == 404 ]]; then exit "$CANNOT_MAKE"; fi
if [[ $status != 200 ]]; then
  echo "HTTP $status: $body" >&2
  exit 1
fi
printf '%s\n' "$body"

while read -r _; do :; done
if [[ $body =~ \"room\":\"([^\"]+)\" ]]; then ask DELETE "${BASH_REMATCH[1]}"; fi
