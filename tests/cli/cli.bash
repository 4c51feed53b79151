# For the checks of the command line: cases that run crashq in a scratch directory and say what must come out.
# Sourced with the build directory as first argument.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
crashq=$(realpath "$1/crashq")
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
said=

fail() { printf 'after: %s\n  %s\n' "$said" "$1"; failures=$((failures + 1)); }

# status STATUS WORDS...: runs crashq with these words; its output is then in ./stdout and ./stderr
status() {
  local wanted=$1 got; shift
  said="crashq $*"
  "$crashq" "$@" >stdout 2>stderr; got=$?
  [ "$got" = "$wanted" ] || { fail "exit status $got, not $wanted"; head -n 5 stdout stderr; }
}
# prints FILE TEXT: the text occurs in it; silent FILE: it is empty; lacks FILE TEXT
prints() { grep -qF -e "$2" "$1" || { fail "$1 does not say '$2' but:"; head -n 12 "$1"; }; }
lacks() { ! grep -qF -e "$2" "$1" || fail "$1 says '$2'"; }
silent() { [ ! -s "$1" ] || { fail "$1 is not empty:"; head -n 5 "$1"; }; }
same() { cmp -s "$1" "$2" || { fail "$1 and $2 differ:"; diff "$1" "$2" | head -n 5; }; }
exists() { [ -e "$1" ] || fail "there is no $1"; }
gone() { [ ! -e "$1" ] || fail "there is still $1"; }
# value FILE KEY: the first value of a key in a JSON text
value() { sed -n "s/^ *\"$2\": \(.*[^,]\),*\$/\1/p" "$1" | head -n 1; }

# scenario FILE [LINE...]: a small scenario with these lines added (10 messages, no fault)
scenario() {
  local file=$1; shift
  cat >"$file" <<'END'
name: ten messages
duration: 1s
queues: {q: {}}
producers: {p: {queue: q, every: 100ms, messages: 10}}
consumers: {c: {queue: q}}
END
  [ $# -eq 0 ] || printf '%s\n' "$@" >>"$file"
}

finish() { [ "$failures" -eq 0 ] || { echo "$failures failures"; exit 1; }; }
