// Tries to reach what it was not given: each argument is a way, and each result a line.
//
//   read=PATH  list=PATH  write=PATH  link=TARGET:PATH  (makes a symlink)
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void read_file(const char* path) {
  char line[200] = "";
  FILE* file = fopen(path, "r");
  if (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    printf("read %s = %s\n", path, line);
  } else {
    printf("read %s: no\n", path);
  }
  if (file) fclose(file);
}

static void list(const char* path) {
  DIR* directory = opendir(path);
  if (!directory) {
    printf("list %s: no\n", path);
    return;
  }
  printf("list %s:", path);
  for (struct dirent* entry; (entry = readdir(directory));)
    if (entry->d_name[0] != '.') printf(" %s", entry->d_name);
  puts("");
  closedir(directory);
}

static void write_file(const char* path) {
  FILE* file = fopen(path, "w");
  const int is_written = file && fputs("escaped\n", file) >= 0;
  printf("write %s: %s\n", path, is_written && fclose(file) == 0 ? "yes" : "no");
}

int main(int count, char** args) {
  for (int i = 1; i < count; ++i) {
    char* value = strchr(args[i], '=') + 1;
    if (args[i][0] == 'r') read_file(value);
    if (!strncmp(args[i], "list", 4)) list(value);
    if (args[i][0] == 'w') write_file(value);
    if (!strncmp(args[i], "link", 4)) {
      char* path = strchr(value, ':');
      *path++ = 0;
      printf("link %s: %s\n", path, symlink(value, path) == 0 ? "yes" : "no");
    }
  }
  return 0;
}
