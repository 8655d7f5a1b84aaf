# fish completion for ocompose: put it into ~/.config/fish/completions/ocompose.fish, or
# source it.

function __ocompose_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l answer ($words[1] __complete $words[2..-1] "$word" 2>/dev/null)
    set -l directive 0
    for line in $answer
        if string match -qr '^:[0-9]+$' -- $line
            set directive (string sub -s 2 -- $line)
        else if test -n "$line"
            echo $line
        end
    end
    if test (math "bitand($directive, 16)") -ne 0
        __fish_complete_directories "$word" ""
    else if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path "$word"
    end
end

complete -c ocompose -f -a '(__ocompose_complete)'
