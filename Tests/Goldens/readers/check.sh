#!/usr/bin/env bash
# Opens what `nibble quantize` writes with other people's readers, as far as they install in reasonable time:
#
#     Tests/Goldens/readers/check.sh path/to/nibble
#
# gguf always; transformers with compressed-tensors and bitsandbytes where pip finds a torch for the CPU alone, for the
# default one is gigabytes. What pip cannot install is left out, said, and no failure. Changes nothing that is recorded.
set -euo pipefail
nibble=$1
here=$(cd "$(dirname "$0")" && pwd)
# A place for each Python: what one has installed, another does not find.
version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo none)
place="$here/../../../.build/readers/$version"
torch="torch==2.13.0+cpu"
export TQDM_DISABLE=1  # no progress bars in a log

left_out() {
  echo "readers: $1 left out: $2"
}

# installed NAME [PACKAGE…]: whether pip has installed what NAME requires, and these, now or in an earlier run.
installed() {
  local name=$1 pins
  shift
  pins=$(cat "$here/requirements-$name.txt"; echo "$@")
  [ "$(cat "$place/$name.installed" 2>/dev/null)" = "$pins" ] && return 0
  timeout 300 "$place/bin/python" -m pip install -q --disable-pip-version-check "$@" -r "$here/requirements-$name.txt" \
    >"$place/$name.log" 2>&1 || return 1
  echo "$pins" >"$place/$name.installed"
}

why() {
  echo "pip: $(grep -m 1 -i error "$place/$1.log" || echo "not done within five minutes")"
}

# Anew where the one that is there belongs to a Python that is gone.
if ! python3 -m venv "$place" >/dev/null 2>&1 && ! python3 -m venv --clear "$place" >/dev/null 2>&1; then
  left_out "everything" "'python3 -m venv' makes no environment here"
  exit 0
fi
if ! installed gguf; then
  left_out "everything" "$(why gguf)"
  exit 0
fi
"$place/bin/python" -B "$here/run.py" "$nibble" --check --self-test gguf
if installed transformers "$torch"; then
  "$place/bin/python" -B "$here/folders.py" "$nibble" --check --self-test
else
  left_out "transformers" "$(why transformers)"
fi
