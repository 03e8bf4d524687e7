#!/bin/sh
# Runs "python ARGUMENTS" with the newest supported Python of this machine, or with the one that PYTHON names.
# Plain POSIX shell, because it comes before everything else. pyproject.toml names the same versions; NEWEST=13
# stops at Python 3.13.
newest=${NEWEST:-14}
supported="import sys; sys.exit(sys.implementation.name != 'cpython' or not (3, 11) <= sys.version_info[:2] <= (3, $newest))"
version='import platform as p; print("%s %s" % (p.python_implementation(), p.python_version()))'
unsupported='' # the first that is here but will not do
without_venv='' # the first that would do, but for its module venv

try() { # does not come back where Python "$1" will do: the rest are its arguments
  python=$1
  shift
  if ! "$python" -c "$supported" 2>/dev/null; then
    if [ -z "$unsupported" ]; then
      found=$("$python" -c "$version" 2>/dev/null) && unsupported="$python is $found"
    fi
  elif "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    exec "$python" "$@"
  else # Debian and Ubuntu ship these two in a package of their own
    without_venv=${without_venv:-$python}
  fi
}

if [ -n "${PYTHON-}" ]; then
  try "$PYTHON" "$@"
  missing="there is no $PYTHON"
else
  for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do try "$candidate" "$@"; done
  missing="there is none here"
fi

if [ -n "$without_venv" ]; then
  package=$("$without_venv" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  echo "$without_venv lacks Python's module venv. Debian, Ubuntu: apt-get install $package" >&2
else
  echo "Regulars needs Python 3.11 to 3.$newest, but ${unsupported:-$missing}." \
    "Debian 12 or 13, Ubuntu 24.04: apt-get install python3-venv; Ubuntu 22.04: apt-get install python3.11-venv;" \
    "Mac: brew install python@3.13; elsewhere: make run PYTHON=/path/to/python3.13" >&2
fi
exit 1
