#!/bin/sh
# Run a worker, verify what it made, and accept it into a branch; ends with 0 only for a verified result.
# Wants TASK and TEST in the environment; every word is a ccorch override.
set -eu
run=$(ccorch run "$@" policy.write=true --task-file - --detach <<END | head -n 1 | cut -d ' ' -f 1
$TASK
END
)
ccorch wait "$run" --timeout 3600
# set -e ends here with status 1 when the verdict is anything but pass
ccorch verify "$run" --test "$TEST"
ccorch accept "$run" --into "${BRANCH:-ccorch/$run}"
