# bash completion for ocompose: source it, or put it where bash looks for completions,
# such as /usr/share/bash-completion/completions/ocompose.

_ocompose() {
    local line="${COMP_LINE:0:COMP_POINT}" word="" answer="" directive=0 prefix="" candidate
    local words=()
    COMPREPLY=()
    read -r -a words <<<"$line"
    if [[ -z $line || $line == *[[:space:]] ]]; then
        words+=("")
    fi
    word="${words[${#words[@]} - 1]}"
    answer="$("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)" || return 0

    # bash ends words at : and =, so what it replaces is only the last part of this one.
    case $word in
    *[:=]*) prefix="${word%"${word##*[:=]}"}" ;;
    esac
    while IFS= read -r candidate; do
        case $candidate in
        :[0-9]*) directive="${candidate#:}" ;;
        "") ;;
        *)
            candidate="${candidate%%$'\t'*}"
            if [[ $candidate == "$word"* ]]; then
                COMPREPLY+=("${candidate#"$prefix"}")
            fi
            ;;
        esac
    done <<<"$answer"
    if ((directive & 2)); then
        compopt -o nospace 2>/dev/null
    fi
    if ((directive & 16)); then
        compopt -o filenames 2>/dev/null
        while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -d -- "${word#"$prefix"}")
    elif ! ((directive & 4)); then
        compopt -o filenames 2>/dev/null
        while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "${word#"$prefix"}")
    fi
    return 0
}

complete -F _ocompose ocompose
