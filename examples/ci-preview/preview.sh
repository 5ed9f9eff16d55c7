#!/bin/sh
# Writes what a change would do to preview.md, for a comment on it, and ends with the exit code of the preview.
#
#   STACK=org/dev [TRAFFIC=folder] sh preview.sh [folder of Pulumi.yaml]
#
# TRAFFIC has recorded traffic, NAMESPACE.NAME.csv for the autoscaler NAMESPACE/NAME: those that the change touches are
# replayed on it, as they would be and as they are now.
set -eu
: "${STACK:?Set STACK to the stack to preview, such as org/dev}"
project=${1:-.}

code=0
pulumi preview --cwd "$project" --stack "$STACK" --diff --suppress-outputs --non-interactive --color never \
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
} >preview.md

if [ "$code" -eq 0 ] && [ -n "${TRAFFIC:-}" ]; then
  pulumi preview --cwd "$project" --stack "$STACK" --json --non-interactive >preview.json
  for file in "$TRAFFIC"/*.*.csv; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .csv)
    # One that the change does not touch is not in the preview.
    npx --no-install asm-autoscaler backtest --hpa="${name%%.*}/${name#*.}" --traffic="$file" --output=markdown preview.json \
      >>preview.md 2>>backtest.log || true
  done
fi

{
  echo "<details><summary>All of it</summary>"
  echo
  # Indented, so that nothing in it can end the block; the end, for a comment takes 65,536 characters.
  tail -c 40000 preview.txt | sed 's/^/    /'
  echo
  echo "</details>"
} >>preview.md
exit "$code"
