# Seeded faults between the program and a registry, and a hostile registry: a few of each. Longer runs,
# by hand: faults.py --runs 1000 --seed X PROGRAM, hostile.py --runs 1000 --seed X PROGRAM, and
# hostile.py --slow PROGRAM.
load helper

# lasts SCRIPT OPTION...: runs a script with the program, and shows its output.
lasts() {
  need python3
  local status=0
  timeout 600 python3 "$e2e/$1" "${@:2}" "$program" >said 2>&1 || status=$?
  [ "$status" -ne 77 ] || skip "$(cat said)"
  cat said
  return "$status"
}

@test "pushes and pulls with injected faults lose nothing" {
  lasts faults.py --runs 12 --seed "${MODULAH_SEED:-1}"
}

@test "a hostile registry does no harm" {
  lasts hostile.py --runs 60 --seed "${MODULAH_SEED:-1}"
}
