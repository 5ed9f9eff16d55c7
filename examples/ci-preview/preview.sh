#!/bin/sh
# For a CI other than GitHub Actions: writes what the change would do to preview.md, for a comment on it, and ends with
# the exit code of the preview.
#
#   STACK=org/dev sh preview.sh [folder of Pulumi.yaml]
set -eu
: "${STACK:?Set STACK to the stack to preview, such as org/dev}"

code=0
pulumi preview --cwd "${1:-.}" --stack "$STACK" --diff --suppress-outputs --non-interactive --color never \
  >preview.txt 2>&1 || code=$?

{
  echo "### Preview of $STACK"
  echo
  if [ "$code" -ne 0 ]; then
    echo "It failed with exit code $code:"
    tail -n 20 preview.txt | sed 's/^/    /'
  else
    sed -n '/^Resources:/,$p' preview.txt | sed 's/^/    /'
  fi
  echo
  echo "<details><summary>All of it</summary>"
  echo
  # Indented, so that nothing in it can end the block; the end, for a comment takes 65,536 characters.
  tail -c 40000 preview.txt | sed 's/^/    /'
  echo
  echo "</details>"
} >preview.md
exit "$code"
