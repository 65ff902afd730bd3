# ask_zsh.zsh DIRECTORY OUT LINE...: what zsh offers at the end of each line, with the functions of a directory.
#
# An interactive zsh on a terminal of its own (zpty) loads its completion system as a user's does (compinit) and
# gets each line with a TAB behind it. compadd, through which every offer goes, writes them down on its way.
zmodload zsh/zpty
export COMPLETIONS=$1 OUT=$2
shift 2
: > $OUT
cat > $OUT.setup <<'SETUP'
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit
compinit -u -D
bindkey -e
compadd() {
    local -a hits
    if [[ " ${(j: :)@[1,(i)(-|--)]} " == *' '-[a-zA-Z0-9]#[OAD]' '* ]]; then
        # It is asked to fill arrays: no offer yet.
        builtin compadd "$@"
        return
    fi
    builtin compadd -A hits "$@"
    (($#hits)) && print -rl -- ${hits/#/HIT } >> $OUT
    builtin compadd "$@"
}
_ask() {
    _main_complete
    compstate[insert]= compstate[list]=
    print -r -- END >> $OUT
}
zle -C ask complete-word _ask
bindkey '^I' ask
# What a user's shell complains of while the lines are completed.
exec 2>> $OUT.errors
print -r -- END >> $OUT
SETUP
# Waits until so many questions are answered; gives up after a minute.
waiting() {
    local junk
    integer n
    for ((n = 0; n < 1200; n++)); do
        (($(grep -c '^END' $OUT) >= $1)) && return
        sleep 0.05
        zpty -r -t z junk
    done
    exit 1
}
zpty -b z zsh -f -i
zpty -w z "source ${(q)OUT}.setup"
waiting 1
integer asked=1
for line; do
    print -r -- "LINE $line" >> $OUT
    zpty -w -n z $'\C-u'"$line"$'\t'
    waiting $((++asked))
done
zpty -d z
