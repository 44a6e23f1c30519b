# completion.zsh FILE LINE...: what an interactive zsh that has sourced FILE (or, when it is a folder, found its function
# there) makes of each LINE after a Tab; one a line. It runs on a pseudo-terminal of its own and tells its lines by a file.
zmodload zsh/zpty || exit 9
told=$PWD/lines.$$
if [ -d $1 ]; then
    before="fpath=($1 \$fpath)" after=true
else
    before=true after="source $1"
fi
shift
cat >start.$$ <<END
PS1=
unset zle_bracketed_paste
$before
autoload -U compinit
compinit -u -d $PWD/dump.$$
$after
tell() { print -r -- "<\$BUFFER>" >>$told; BUFFER= }
zle -N tell
bindkey '^X' tell
print ready >$told
END
zpty shell "TERM=dumb zsh -f -i"
zpty -w shell "source $PWD/start.$$"
wait_for() { # wait_for LINES: what the terminal shows is read meanwhile, lest it fills
    for ((i = 0; i < 200; i++)); do
        [ -e $told ] && [ $(wc -l <$told) -ge $1 ] && return
        zpty -rt shell ignored || sleep .02
    done
}
lines=1
wait_for $lines
for line in "$@"; do
    zpty -n -w shell "$line"$'\t\x18'
    wait_for $((++lines))
done
zpty -d shell
sed -n 's/^<\(.*\)>$/\1/p' $told
rm -f $told start.$$ dump.$$
