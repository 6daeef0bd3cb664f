# Images of random contexts against buildah's (differential.py). The seeds are fixed, so that a
# failure is the same one next time; more of them by hand:
#   tests/e2e/differential.py build/test/bin/modulah --seed 1000 --cases 500 --work /dev/shm
load helper

# buildah syncs each of its files: in memory it takes a third of the time.
work_folder() {
  if [ -d /dev/shm ] && [ -w /dev/shm ]; then echo /dev/shm; else echo "$BATS_TEST_TMPDIR"; fi
}

compare_cases() { nice python3 "$e2e/differential.py" "$1" --work "$(work_folder)" "${@:2}" >report 2>errors; }

# count NAME...: how many cases had one of these outcomes.
count() {
  sed -n 's/^cases: //p' report | jq '[to_entries[] | select(.key | IN($ARGS.positional[])) | .value] | add // 0' --args "$@"
}

@test "images of random contexts are those that buildah makes, but for the rules" {
  need_buildah
  compare_cases "$program" --seed 1 --cases 32 || { cat report errors >&2; return 1; }
  equal "$(sed -n 's/^cases: //p' report | jq '[.[]] | add')" 32
  # Most were built by both: a comparison of refusals would show nothing.
  [ "$(count "the same" "the same, but for rules")" -ge 22 ]
}

@test "the comparison sees a wrong configuration, a wrong file and a wrong failure" {
  need_buildah
  # A program that makes one thing wrong at a time.
  cat >wrong <<END
#!/usr/bin/env bash
args=("\$@")
case \$WRONG in
  label) args+=(--label wrong=yes) ;;
  file)
    for i in "\${!args[@]}"; do
      [ "\${args[i]}" = -f ] || continue
      { cat "\${args[i + 1]}"; printf 'COPY <<more /\nmore\n'; } >"$BATS_TEST_TMPDIR/Containerfile"
      args[i + 1]=$BATS_TEST_TMPDIR/Containerfile
    done ;;
  failure) echo "modulah: error: wrong" >&2; exit 1 ;;
esac
exec "$program" "\${args[@]}"
END
  chmod +x wrong
  for pair in "label:config Labels" "file:only in modulah's image" "failure:only modulah fails"; do
    export WRONG=${pair%%:*}
    run compare_cases "$BATS_TEST_TMPDIR/wrong" --seed 1 --cases 3 --no-shrink
    [ "$status" = 1 ] || { echo "$pair"; cat report errors; return 1; } >&2
    contains "$(cat report errors)" "${pair#*:}"
    [ "$(count different)" -ge 1 ]
  done
}
