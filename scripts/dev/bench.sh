#!/usr/bin/env bash
# Times the same calls in dlsh, python3's ctypes, cffi and luajit -joff, where they
# are installed, and prints medians in nanoseconds and their ratios to dlsh's.
# The programs take turns, so that a machine that slows down slows all of them.
# Usage: scripts/dev/bench.sh [rounds]
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-5}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -o "$dir/dlsh" .
${CC:-cc} -O2 -shared -fPIC -o "$dir/libbench.so" scripts/dev/bench/bench.c

# cffi may belong to another python3 than the first in PATH.
for py in python3 /usr/bin/python3; do
  if "$py" -c 'import cffi' 2>/dev/null; then cffi=$py; break; fi
done

bench=scripts/dev/bench
for _ in $(seq "$rounds"); do
  "$dir/dlsh" $bench/with_dlsh.lua "$dir/libbench.so" | sed 's/^/dlsh\t/'
  if command -v python3 >/dev/null; then python3 -B $bench/with_ctypes.py "$dir/libbench.so" | sed 's/^/ctypes\t/'; fi
  if [ -n "${cffi:-}" ]; then "$cffi" -B $bench/with_cffi.py "$dir/libbench.so" | sed 's/^/cffi\t/'; fi
  if command -v luajit >/dev/null; then luajit -joff $bench/with_luajit.lua "$dir/libbench.so" | sed 's/^/luajit -joff\t/'; fi
done | sort -t "$(printf '\t')" -k2,2 -k1,1 -k3,3g | awk -F '\t' '
  { key = $2 "\t" $1; n[key]++; v[key, n[key]] = $3; if (!($2 in rows)) { rows[$2] = 1; order[++count] = $2 } }
  END {
    split("dlsh;ctypes;cffi;luajit -joff", who, ";")
    printf "%-24s", "ns a call, empty loop off"
    for (w = 1; w <= 4; w++) printf "%16s", who[w]
    print ""
    for (i = 1; i <= count; i++) {
      row = order[i]
      printf "%-25s", row
      for (w = 1; w <= 4; w++) {
        key = row "\t" who[w]
        if (!(key in n)) { printf "%16s", "-"; continue }
        m = v[key, int((n[key] + 1) / 2)]
        if (w == 1) base = m
        printf "%16s", sprintf("%.0f (%.2fx)", m, m / base)
      }
      print ""
    }
  }'
