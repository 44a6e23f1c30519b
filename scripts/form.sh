#!/usr/bin/env bash
# form.sh: what every file of the project keeps to, whatever its language: UTF-8, LF, no tab outside Makefiles, no blank at a
# line's end, a line end at the end, lines of C no longer than 200; a source opens with a comment that says why it is
# there, or its header does. File names are unique across the layers' folders, so that an error message with a file name is unambiguous.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."
bad=0
complain() { echo "form: $*" >&2; bad=$((bad + 1)); }

opens() { [ -f "$1" ] && [ "$(head -c 2 "$1")" = "/*" ]; }
# Sources and papers; data of tests may look as it likes. Without git (an archive, a bare machine) by looking around.
files() {
    { git ls-files 2>/dev/null || find . -type f | sed 's/^..//' | grep -vE '^(build|demo-output)'; } |
        grep -E '\.(c|h|sh|cmake|txt|md)$' | grep -vE '^tests/(cases|data|golden|fuzz)/'
}

while IFS= read -r file; do
    [ -f "$file" ] || continue
    [ -z "$(tail -c 1 "$file")" ] || complain "$file: no line end at the end"
    if grep -nP '[ \t]+$' "$file" >/tmp/form.$$; then complain "$file:$(head -n 1 /tmp/form.$$ | cut -d : -f 1): blank at the end of the line"; fi
    if grep -nP '\t|\r' "$file" >/tmp/form.$$; then complain "$file:$(head -n 1 /tmp/form.$$ | cut -d : -f 1): tab or carriage return"; fi
    case $file in
        *.c | *.h)
            opens "$file" || { [[ $file == *.c ]] && opens "${file%.c}.h"; } || complain "$file:1: no opening comment, nor its header has one"
            awk 'length > 200 { print FILENAME ":" FNR ": line of " length; exit 1 }' "$file" >&2 || bad=$((bad + 1)) ;;
    esac
done < <(files)
rm -f /tmp/form.$$

while IFS= read -r name; do complain "$name: in two layers"; done < <(ls base/*.[ch] formats/*.[ch] engine/*.[ch] matcher/*.[ch] cli/*.[ch] | xargs -n 1 basename | sort | uniq -d)
if [ $bad -gt 0 ]; then echo "form: $bad complaints" >&2; exit 1; fi
echo "form: fine"
