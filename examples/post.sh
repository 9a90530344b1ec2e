#!/bin/sh
# Posts a message to a room and reads the newest ones back. The token needs `post` and `read`:
#   PARLOR_TOKEN=… ./post.sh http://127.0.0.1:3000 swift-dev "The build passed."
set -eu
url=$1 room=$2 text=$3
api="$url/api/v1/rooms/$room/messages"

# The idempotency key makes retries safe: the message is stored once.
curl --fail-with-body --silent --show-error --retry 3 --retry-all-errors \
    --header "Authorization: Bearer $PARLOR_TOKEN" \
    --header "Idempotency-Key: $(date +%s)-$$" \
    --data "{\"text\":\"$text\"}" \
    "$api"
echo

curl --fail-with-body --silent --show-error \
    --header "Authorization: Bearer $PARLOR_TOKEN" \
    "$api?limit=5"
echo
