// A small command: greets, and shows what a guest gets from its image.
//
//   hello [NAME] [STATUS]
//
// It prints its arguments, its environment and a file that the image brings, and ends with STATUS.
#include <stdio.h>
#include <stdlib.h>

extern char** environ;

// Copies a file of the image to the output. Returns 0, or 1 when it cannot be read.
static int print_file(const char* path) {
  FILE* file = fopen(path, "r");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  int c;
  while ((c = fgetc(file)) != EOF) putchar(c);
  fclose(file);
  return 0;
}

int main(int count, char** args) {
  printf("Hello, %s!\n", count > 1 ? args[1] : "nobody");
  for (int i = 0; i < count; ++i) printf("argument %d: %s\n", i, args[i]);
  for (char** variable = environ; *variable != NULL; ++variable)
    printf("environment: %s\n", *variable);
  if (print_file("/etc/hello/greeting.txt") != 0) return 1;
  return count > 2 ? atoi(args[2]) : 0;
}
