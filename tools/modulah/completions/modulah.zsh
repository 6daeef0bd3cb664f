#compdef modulah
# Completion of modulah for zsh. The program itself knows its words: it is asked for them.
_modulah() {
  local -a lines candidates arguments
  local line value directive
  arguments=("${(@)words[2,CURRENT]/#/=}")
  lines=("${(@f)$("${words[1]}" __complete "${arguments[@]}" 2>/dev/null)}")
  directive=${lines[-1]}
  for line in "${(@)lines[1,-2]}"; do
    value=${line%%$'\t'*}
    candidates+=("${value//:/\\:}:${line#*$'\t'}")
  done
  (( ${#candidates} )) && _describe -V modulah candidates
  case $directive in
    :files) _files ;;
    :directories) _files -/ ;;
  esac
}
if [[ ${funcstack[1]} == _modulah ]]; then
  _modulah "$@"
else
  compdef _modulah modulah
fi
