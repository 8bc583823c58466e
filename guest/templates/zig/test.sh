#!/bin/sh
# Tests demo.wasm, as its users run it: `sh test.sh`, once it was built.
set -u
plugin=$PWD/demo.wasm
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

with() { ambit with --no-journal --dir . "$plugin:draft(\"notes\") as DRAFT" -- sh -c "$1"; }
# What is the case, and how that is found out.
test_that() {
    echo "$1"
    shift
    "$@" || {
        echo "    does not hold" >&2
        exit 1
    }
}

with 'echo new > "$DRAFT"'
test_that "what a body wrote becomes the file" [ "$? $(cat notes)" = "0 new" ]

with 'echo newer > "$DRAFT"; exit 3'
test_that "a body that fails leaves the file as it was" [ "$? $(cat notes)" = "3 new" ]

test_that "nothing is left beside it" [ "$(ls -A)" = notes ]
