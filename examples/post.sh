#!/bin/sh
# Posts to a room and reads it back, with a token that may post and read:
#   PARLOR_TOKEN=… ./post.sh http://127.0.0.1:3000 swift-dev "It is built."
set -eu
url=$1 room=$2 text=$3
api="$url/api/v1/rooms/$room/messages"

# Under an id, so that trying again after a failure says it once.
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
