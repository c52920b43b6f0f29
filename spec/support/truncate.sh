#!/bin/sh
# Makes FILE so long, and then DONE. Under Wine `start /wait` does not wait for the end of a Unix program, and a file
# has its new length a moment before its pages are gone.
#   truncate.sh SIZE FILE DONE
truncate -s "$1" "$2" && : >"$3"
