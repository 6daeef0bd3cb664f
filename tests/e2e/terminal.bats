# Questions at a terminal: nobody sees a password, and the terminal is as it was afterwards.
load helper

setup_file() { need python3; }

# at_terminal [QUESTION ANSWER]... -- PROGRAM...: see at_terminal.py.
at_terminal() { python3 "$e2e/at_terminal.py" "$@"; }

# start_password_registry: one that lets only ana in, with the password "secret".
start_password_registry() {
  need htpasswd
  htpasswd -Bbn ana secret >passwords
  start_registry "auth: {htpasswd: {realm: test, path: $PWD/passwords}}"
}

# is_nothing_kept: no login was written.
is_nothing_kept() { [ ! -e "$XDG_RUNTIME_DIR/containers/auth.json" ]; }

@test "a pull shows its progress at a terminal, and plain lines elsewhere" {
  local port name
  port=$(free_port)
  timeout 300 python3 "$e2e/wrong_registry.py" "$port" 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
  name=127.0.0.1:$port/slow:v1
  run at_terminal -- "$program" --root one pull "$name"
  contains "$output" "afterwards echo on, status 0"
  drawn='blob [0-9a-f]{12} +\[#+-+\] +[0-9.]+ [kM]?B of 1\.2 MB +[0-9.]+ [kM]?B/s'
  [[ $output =~ $drawn ]]
  contains "$output" "  done"
  run at_terminal -- "$program" --root two pull -q "$name"
  [[ $output != *blob* && $output != *"/s"* ]]
  run --separate-stderr "$program" --root three pull "$name"
  equal "$status" 0
  equal "$(grep -c '^blob [0-9a-f]*  [0-9.]* [kM]*B  done$' <<<"$stderr")" 2
  equal "$(head -n 1 <<<"$stderr")" "pulling $name"
  [[ $stderr != *$'\e'* && $stderr != *"["* ]]
}

@test "progress fits a window that becomes narrower, and wipes what the change has broken" {
  local port name wiped_two=$'\e[2F\e[J' wiped_one=$'\e[1F\e[J' narrow drawn
  port=$(free_port)
  timeout 300 python3 "$e2e/wrong_registry.py" "$port" 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
  name=127.0.0.1:$port/slower:v1
  # The line of 79 columns is two rows then; the next one has one row again.
  run at_terminal "B/s" COLUMNS=60 "$wiped_two" COLUMNS=60 "B/s" COLUMNS=60 "$wiped_one" \
    COLUMNS=60 -- "$program" --root one pull "$name"
  contains "$output" "afterwards echo on, status 0"
  drawn=${output##*"$wiped_two"}
  narrow='^blob [0-9a-f]{12} +[0-9.]+ [kM]?B of 1\.2 MB +[0-9.]+ [kM]?B/s'
  [[ $drawn =~ $narrow ]]
  [[ $drawn != *"[#"* ]]
}

@test "login asks for name and password, and shows the name only" {
  start_password_registry
  equal "$(at_terminal Username: ana Password: secret -- \
    "$program" login --tls-verify=false "$registry")" \
    "asked \"Username:\" with echo on
asked \"Password:\" with echo off
screen: Username: ana\nPassword: \nLogin Succeeded!
afterwards echo on, status 0"
  equal "$(modulah login --get-login "$registry")" ana
}

@test "a refused password is not shown either" {
  start_password_registry
  run at_terminal Password: wrong -- "$program" login --tls-verify=false -u ana "$registry"
  contains "$output" 'asked "Password:" with echo off'
  contains "$output" 'rejected the password of'
  contains "$output" "afterwards echo on, status 1"
  [[ $output != *wrong* ]]
  is_nothing_kept
}

@test "who is asked again is offered the name that is known" {
  start_password_registry
  modulah login --tls-verify=false -u ana -p secret "$registry"
  file=$XDG_RUNTIME_DIR/containers/auth.json
  sed -i "s/\"auth\": .*/\"auth\": \"$(printf ana:old | base64)\"/" "$file"
  run at_terminal "Username (ana):" "" Password: secret -- \
    "$program" login --tls-verify=false "$registry"
  contains "$output" "Login Succeeded!"
  equal "$(jq -r ".auths[\"$registry\"].auth" "$file" | base64 -d)" ana:secret
}

@test "Ctrl-C and kill end the question, and leave the terminal with its echo" {
  for end in "^C 130" "SIGTERM 143" "SIGHUP 129"; do
    equal "$(at_terminal Password: "${end% *}" -- "$program" login -u ana 127.0.0.1:1)" \
      "asked \"Password:\" with echo off
screen: Password: \nmodulah: interrupted
afterwards echo on, status ${end#* }"
  done
  run at_terminal Username: ^C -- "$program" login 127.0.0.1:1
  contains "$output" "afterwards echo on, status 130"
  is_nothing_kept
}

@test "keys that would leave the terminal without echo have no effect" {
  start_password_registry
  # They are typed, and wiped with the rest of the line.
  run at_terminal Password: '^\' "" ^Z "" ^U "" secret -- \
    "$program" login --tls-verify=false -u ana "$registry"
  contains "$output" "Login Succeeded!"
  contains "$output" "afterwards echo on, status 0"
}

@test "an end instead of an answer is no answer" {
  run at_terminal Password: ^D -- "$program" login -u ana 127.0.0.1:1
  contains "$output" "no input was given"
  contains "$output" "afterwards echo on, status 2"
  run at_terminal Password: "" -- "$program" login -u ana 127.0.0.1:1
  contains "$output" "the password is empty"
  contains "$output" "afterwards echo on, status 2"
}

@test "a name alone for --creds asks for the password" {
  start_password_registry
  run at_terminal Password: secret -- "$program" --root "$store" pull --tls-verify=false \
    --creds ana "$registry/demo/nothing"
  contains "$output" 'asked "Password:" with echo off'
  contains "$output" "has no image $registry/demo/nothing:latest"
  contains "$output" "afterwards echo on, status 1"
  [[ $output != *secret* ]]
}

# steers_nothing COMMAND...: at a terminal it shows what others wrote, and the terminal obeys none of
# it. Ends with $status.
steers_nothing() {
  run at_terminal -- "$program" --root "$store" "$@"
  contains "$output" 'owned'
  [[ $output != *$'\e]'* && $output != *$'\e[31m'* && $output != *$'\a'* && $output != *$'\u009b'* ]]
  [[ $output != *$'\u202e'* ]]
}

@test "a terminal obeys nothing of what others wrote" {
  local evil=$'\e]0;owned\a\e[31m\u009b31m\u202e' command
  mkdir context
  printf 'FROM scratch\nLABEL a="%s"\nCOPY f* /\nCMD ["/%s"]\n' "$evil" \
    '\u001b]0;owned\u0007\u001b[31m' >context/Containerfile
  echo text >"context/f$evil"
  steers_nothing build -t app context
  # A build refuses an entry point that is not in the image.
  sed -i '1i # check=skip=EntryPointMissing' context/Containerfile
  steers_nothing build -t app context
  steers_nothing build --annotation "a=$evil" -t app context
  steers_nothing validate "context/f$evil"
  steers_nothing validate app
  steers_nothing run app
  steers_nothing inspect app
  steers_nothing inspect -f '{{.Labels}}' app
  steers_nothing inspect --raw --config app
  steers_nothing inspect "$evil"
  steers_nothing pull "$evil"
  steers_nothing push app "oci:layout:$evil"
  # A program that reads gets the label as it is; what is said on stderr is for people.
  equal "$(modulah inspect -f '{{.Labels}}' app)" "map[a:$evil]"
  run --separate-stderr modulah inspect "$evil"
  contains "$stderr" '\x1b]0;owned\x07\x1b[31m\u009b31m\u202e'
  # Names in a store that somebody else has written.
  sed -i 's/localhost\/app/localhost\/owned\\u001b[31m/' "$store/index.json"
  steers_nothing images
  steers_nothing images --format 'table {{.Repository}}'
  steers_nothing images --json
  steers_nothing rmi --all
}

@test "a name with a newline begins no line of its own" {
  mkdir context
  printf 'FROM scratch\nCOPY nothing /\n' >"context/a"$'\n'"modulah: error: b"
  run --separate-stderr modulah build -f "context/a"$'\n'"modulah: error: b" context
  equal "$(grep -c '^modulah: error' <<<"$stderr")" 1
}

# colors VARIABLE=VALUE... -- ARGUMENT...: "colour" or "plain", what modulah prints at a terminal.
colors() {
  local variables=()
  while [ "$1" != -- ]; do
    variables+=("$1")
    shift
  done
  run at_terminal -- env "${variables[@]}" "$program" --root "$store" "${@:2}"
  if [[ $output == *$'\e['* ]]; then echo colour; else echo plain; fi
}

@test "messages and help have colour at a terminal, when it is wanted" {
  local red=$'\e[1;31merror:\e[0m' carets=$'\e[1;32m^^^\e[0m'
  run at_terminal -- "$program" --root "$store" images --format '{{foo}}'
  contains "$output" "$red"
  contains "$output" "$carets"
  contains "$output" $'\e[1;36mhint:\e[0m'
  equal "$(colors -- rmi nothing)" colour
  equal "$(colors -- images --help)" colour
  equal "$(colors -- --frobnicate)" colour
  equal "$(colors NO_COLOR=1 -- rmi nothing)" plain
  equal "$(colors CLICOLOR=0 -- rmi nothing)" plain
  equal "$(colors TERM=dumb -- rmi nothing)" plain
  equal "$(colors TERM=dumb -- images --help)" plain
  equal "$(colors -- --color=never rmi nothing)" plain
  equal "$(colors -- --color=never images --help)" plain
  equal "$(colors NO_COLOR=1 -- --color=always rmi nothing)" colour
  # Results have none, and neither has what is not at a terminal.
  equal "$(colors -- images)" plain
  run --separate-stderr modulah rmi nothing
  [[ $stderr != *$'\e'* ]]
  CLICOLOR_FORCE=1 run --separate-stderr modulah rmi nothing
  contains "$stderr" "$red"
  run --separate-stderr modulah --color=always rmi nothing
  contains "$stderr" "$red"
}

@test "a dumb terminal gets neither colour nor progress" {
  local port
  port=$(free_port)
  timeout 300 python3 "$e2e/wrong_registry.py" "$port" 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
  run at_terminal -- env TERM=dumb "$program" --root one pull "127.0.0.1:$port/slow:v1"
  contains "$output" "afterwards echo on, status 0"
  [[ $output != *$'\e'* && $output != *"B/s"* ]]
}

@test "a template's output obeys nothing at a terminal either" {
  local evil=$'\e]0;owned\a\e[31m'
  mkdir context
  printf 'FROM scratch\nLABEL a="%s"\n' "$evil" >context/Containerfile
  modulah build -q -t app context
  steers_nothing images --format '{{range $k, $v := .Labels}}{{$v | upper | printf "%s"}}owned{{end}}'
  steers_nothing images --format 'table {{.Labels.a}}'
  equal "$(modulah images --format '{{.Labels.a}}')" "$evil"
}

# make_named_image: localhost/app:v1 is in the store.
make_named_image() {
  mkdir context
  printf 'FROM scratch\nLABEL a=b\n' >context/Containerfile
  modulah build -q -t app:v1 context
}

@test "bash completes commands, options, values and images" {
  make_named_image
  modulah completion bash >completion.bash
  cat >complete.bash <<'END'
. ./completion.bash
COMP_LINE=$1 COMP_POINT=${#1}
_modulah
printf '%s\n' "${COMPREPLY[@]}"
END
  completed() { XDG_DATA_HOME=$PWD PATH=$(dirname "$program"):$PATH bash complete.bash "$1"; }
  ln -s "$store" modulah
  equal "$(completed "modulah imag" | sort | tr '\n' ' ')" "image images "
  equal "$(completed "modulah images --sor")" --sort
  equal "$(completed "modulah images --sort cre")" created
  # What readline replaces begins after the last colon or "=".
  equal "$(completed "modulah images --sort=cre")" created
  equal "$(completed "modulah inspect localhost/app:")" v1
  equal "$(completed "modulah inspect app:v" )" v1
  equal "$(completed "modulah --root $store rmi loc")" localhost/app:v1
  equal "$(completed "modulah build -f cont")" context
}

@test "fish completes commands, options, values and images" {
  need fish
  make_named_image
  modulah completion fish >completion.fish
  ln -s "$store" modulah
  completed() {
    XDG_DATA_HOME=$PWD HOME=$PWD PATH=$(dirname "$program"):$PATH \
      fish --no-config -c 'source completion.fish; complete -C "'"$1"'"' | cut -f 1
  }
  equal "$(completed "modulah imag" | sort | tr '\n' ' ')" "image images "
  equal "$(completed "modulah images --sor")" --sort
  equal "$(completed "modulah images --sort cre")" created
  equal "$(completed "modulah inspect localh")" localhost/app:v1
  contains "$(completed "modulah build -f cont")" context
  contains "$(completed "modulah ")" validate
}

@test "zsh completes commands, options, values and images" {
  need zsh
  make_named_image
  mkdir functions
  modulah completion zsh >functions/_modulah
  ln -s "$store" modulah
  cat >complete.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1='ready> '; fpath=($PWD/functions \$fpath); autoload -U compinit; compinit -u -D; LISTMAX=0"
zpty -w shell "print be''gin"
zpty -r shell before '*begin*'
zpty -w -n shell "$1"$'\t'
sleep 2
zpty -w -n shell $'\C-a\C-kprint end\n'
local line
while zpty -r shell line; do
  print -r -- "$line"
  [[ $line == *end$'\r'* ]] && break
done
zpty -d shell
END
  completed() {
    XDG_DATA_HOME=$PWD PATH=$(dirname "$program"):$PATH TERM=dumb timeout 60 zsh -f complete.zsh "$1" | tr -d "\a" | cat -v
  }
  contains "$(completed "modulah versi")" "version "
  contains "$(completed "modulah images --sor")" "--sort "
  contains "$(completed "modulah images --sort cre")" "created "
  contains "$(completed "modulah inspect localh")" "localhost/app:v1"
}
