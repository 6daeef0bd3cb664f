# `modulah run`: what the guest sees, and the status it ends with.
load helper

build_app() {
  context app
  modulah build -q -t app app
}

@test "arguments, environment and files of the image reach the guest" {
  build_app
  run --separate-stderr modulah run --env MORE=x app you
  equal "$status" 0
  contains "$output" "Hello, you!"
  contains "$output" "argument 0: /hello.wasm"
  contains "$output" "environment: GREETING=good day"
  contains "$output" "environment: MORE=x"
  contains "$output" "This line comes from a file of the image."
  [[ $output != *PATH=* ]]
}

@test "the image's command is used when there are no words" {
  build_app
  run --separate-stderr modulah run app
  contains "$output" "Hello, world!"
}

@test "the guest's exit status is passed on" {
  build_app
  # The last as of any program of the system: its low 8 bits.
  for wanted in 0 1 2 42 125 126 127 128 134 200 255 256; do
    status=0
    modulah run app you $wanted >/dev/null || status=$?
    equal "$status" $((wanted % 256))
  done
}

@test "statuses of our own: 125 failed, 126 cannot run, 127 not there" {
  run modulah run --pull never nothing
  equal "$status" 125
  contains "$output" '"nothing"'
  need_clang
  mkdir app
  printf '# check=skip=EntryPointNotModule\nFROM scratch\nCOPY data /data\nENTRYPOINT ["/data"]\n' >app/Containerfile
  echo text >app/data
  modulah build -q -t text app
  run modulah run text
  equal "$status" 126
  printf '# check=skip=EntryPointMissing\nFROM scratch\nCOPY data /data\nENTRYPOINT ["/gone.wasm"]\n' >app/Containerfile
  modulah build -q -t gone app
  run -127 modulah run gone
  equal "$status" 127
}

@test "a trap is 134 and says where" {
  need_clang
  mkdir app
  echo 'int main(void) { __builtin_trap(); }' >trap.c
  clang --target=wasm32-wasi -g -c trap.c -o trap.o
  clang --target=wasm32-wasi trap.o -o app/trap.wasm
  printf 'FROM scratch\nCOPY trap.wasm /\nENTRYPOINT ["/trap.wasm"]\n' >app/Containerfile
  modulah build -q -t trap app
  run modulah run trap
  equal "$status" 134
  contains "$output" "unreachable"
}

@test "a volume can be written, a read-only one and the image's files cannot" {
  need_clang
  mkdir app shared
  cat >write.c <<'END'
#include <stdio.h>
int main(int count, char** args) {
  FILE* file = fopen(args[1], "w");
  if (!file) return 3;
  fputs("written\n", file);
  return fclose(file) ? 4 : 0;
}
END
  clang --target=wasm32-wasi -c write.c -o write.o
  clang --target=wasm32-wasi write.o -o app/write.wasm
  printf 'FROM scratch\nCOPY write.wasm /\nENTRYPOINT ["/write.wasm"]\n' >app/Containerfile
  modulah build -q -t write app
  modulah run -v "$PWD/shared:/data" write /data/file
  equal "$(cat shared/file)" written
  run modulah run -v "$PWD/shared:/data:ro" write /data/other
  equal "$status" 3
  run modulah run write /file
  equal "$status" 3
}

@test "input and output are the guest's" {
  need_clang
  mkdir app
  echo '#include <stdio.h>
int main(void) { for (int c; (c = getchar()) != EOF;) putchar(c); fputs("end", stderr); }' >cat.c
  clang --target=wasm32-wasi -c cat.c -o cat.o
  clang --target=wasm32-wasi cat.o -o app/cat.wasm
  printf 'FROM scratch\nCOPY cat.wasm /\nENTRYPOINT ["/cat.wasm"]\n' >app/Containerfile
  modulah build -q -t cat app
  equal "$(echo through | modulah run cat 2>errors)" through
  equal "$(cat errors)" end
}
