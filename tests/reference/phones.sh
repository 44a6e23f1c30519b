#!/usr/bin/env bash
# Telephone numbers against libphonenumber: seeded inputs written in all the ways of customer files, every difference counted
# and justified (phones.py says which differences there may be). docs/REFERENCE.md keeps the figures of 1,000,000.
#
# usage: phones.sh REVEIL [COUNT [SEED]]      skips without python3 or where the package can't be had; fails on any other difference
set -euo pipefail
reveil=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
venv=${REVEIL_PHONES_VENV:-${TMPDIR:-/tmp}/reveil-phones-$UID}
skip() { echo "skipped: $*"; exit 0; }
command -v python3 >/dev/null || skip "no python3"
if ! "$venv/bin/python" -c 'import phonenumbers' 2>/dev/null; then
    python3 -m venv "$venv" >/dev/null 2>&1 || skip "no python3-venv"
    "$venv/bin/pip" install -q --disable-pip-version-check phonenumbers >/dev/null 2>&1 || skip "no package 'phonenumbers' to be had"
fi
exec "$venv/bin/python" -W ignore "$here/phones.py" "$reveil" "${2:-1000000}" "${3:-7}"
