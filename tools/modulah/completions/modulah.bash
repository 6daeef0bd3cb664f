# Completion of modulah for bash. The program itself knows its words: it is asked for them.
_modulah() {
  local line=${COMP_LINE:0:COMP_POINT} current kept directive reply
  local -a words replies
  # COMP_WORDS is split at ":" and "=", which names of images and options contain.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${words[-1]}
  local -a marked=("${words[@]:1}")
  mapfile -t replies < <("${words[0]}" __complete "${marked[@]/#/=}" 2>/dev/null)
  ((${#replies[@]})) || return 0
  directive=${replies[-1]}
  unset "replies[-1]"
  COMPREPLY=()
  for reply in "${replies[@]}"; do COMPREPLY+=("${reply%%$'\t'*}"); done
  case $directive in
    :files | :directories)
      compopt -o filenames 2>/dev/null
      kept=${current#*=}
      [[ $current == --*=* ]] || kept=$current
      if [[ $directive == :files ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$kept")
      else
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$kept")
      fi
      ;;
  esac
  # readline replaces what follows the last of the characters that it breaks words at.
  kept=${current%"${current##*[:=]}"}
  [[ -n $kept && $COMP_WORDBREAKS == *"${kept: -1}"* ]] || return 0
  local i
  for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$kept"}; done
}
complete -F _modulah modulah
