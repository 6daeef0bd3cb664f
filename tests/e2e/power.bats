# A power failure at any moment leaves a valid store, whose names point to whole images.
load helper

recorder=${MODULAH_RECORDER:-$project/build/test/tests/e2e/record_writes.so}

# By hand, for many more states: power_failure.py MODULAH RECORDER 2000 SEED
@test "the store is whole after a power failure at any step of a build, pull, tag or rmi" {
  need python3
  [ -e "$recorder" ] || skip "the recorder of writes is not built"
  ! grep -q asan "$program" || skip "a program with sanitizers cannot be recorded"
  run timeout 600 python3 "$e2e/power_failure.py" "$program" "$recorder" 3 1
  echo "$output"
  equal "$status" 0
}

@test "without sync the same states are not whole: the test sees what is not synced" {
  need python3
  [ -e "$recorder" ] || skip "the recorder of writes is not built"
  ! grep -q asan "$program" || skip "a program with sanitizers cannot be recorded"
  cat >unsynced <<END
#!/bin/sh
exec "$program" --no-sync "\$@"
END
  chmod +x unsynced
  run timeout 600 python3 "$e2e/power_failure.py" "$PWD/unsynced" "$recorder" 0 1
  echo "$output"
  equal "$status" 1
  contains "$output" " states, "
  [[ $output != *" states, 0 faults"* ]]
}
