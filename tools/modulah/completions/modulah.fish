# Completion of modulah for fish. The program itself knows its words: it is asked for them.
function __modulah_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l marked
    for word in $words[2..-1]
        set -a marked "=$word"
    end
    for line in ($words[1] __complete $marked "=$current" 2>/dev/null)
        switch $line
            case ':none'
            case ':files'
                __fish_complete_path $current
            case ':directories'
                __fish_complete_directories $current
            case '*'
                echo $line
        end
    end
end
complete -c modulah -f -a '(__modulah_complete)'
