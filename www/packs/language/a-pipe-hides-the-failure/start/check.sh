# Prints what is wrong with a configuration file; exit code 1 if something is.
if grep -q '^port *= *[0-9][0-9]*$' "$1"; then
  echo "$1: ok"
else
  echo "$1: no port"
  exit 1
fi
