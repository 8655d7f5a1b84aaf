#compdef ocompose
# zsh completion for ocompose: put it as _ocompose into a folder of $fpath, or source it
# after compinit.

_ocompose() {
    local line candidate description directive=0
    local -a answer described plain
    answer=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    for line in "${answer[@]}"; do
        if [[ $line == :<-> ]]; then
            directive=${line#:}
        elif [[ -n $line ]]; then
            candidate=${line%%$'\t'*}
            if [[ $line == *$'\t'* ]]; then
                described+=("${candidate//:/\\:}:${line#*$'\t'}")
            else
                plain+=("$candidate")
            fi
        fi
    done
    local -a nospace
    (( directive & 2 )) && nospace=(-S '')
    (( ${#described} )) && _describe -t values ocompose described "${nospace[@]}"
    (( ${#plain} )) && compadd "${nospace[@]}" -- "${plain[@]}"
    if (( directive & 16 )); then
        compset -P '*='
        _files -/
    elif ! (( directive & 4 )); then
        compset -P '*='
        _files
    fi
    return 0
}

if [[ ${funcstack[1]} == _ocompose ]]; then
    _ocompose "$@"
else
    compdef _ocompose ocompose
fi
