#!/bin/sh
# The main job on a small real repository: a real claude process reviews it on the bundled scripted model.
set -e
here=$(cd "$(dirname "$0")" && pwd)
place="$here/../.ccorch-demo"
export CCORCH_STATE_DIR="$place/state" CCORCH_CONFIG_HOME="$place/config"
ccorch serve --stop >/dev/null 2>&1 || true
rm -rf "$place"
mkdir -p "$place/config"
cp -r "$here/demo_repo" "$place/shop"
cd "$place/shop"
git init -q -b main .
git -c user.name=demo -c user.email=demo@example.invalid add -A
git -c user.name=demo -c user.email=demo@example.invalid commit -q -m "A small shop with three mistakes"
echo "\$ ccorch role=review profile=scripted script=demo task=\"Review this repo\""
status=0
ccorch role=review profile=scripted script=demo task="Review this repo" || status=$?
ccorch serve --stop >/dev/null 2>&1 || true
exit $status
