// Says what is at each of its arguments: the names in a directory, or the first line of a file.
#include <dirent.h>
#include <stdio.h>
#include <string.h>

static void look_at(const char* path) {
  char line[200] = "";
  DIR* directory = opendir(path);
  if (directory) {
    printf("%s:", path);
    // Sorted by the caller: each name once.
    for (struct dirent* entry; (entry = readdir(directory));)
      if (entry->d_name[0] != '.') printf(" %s", entry->d_name);
    puts("");
    closedir(directory);
    return;
  }
  FILE* file = fopen(path, "r");
  if (!file || !fgets(line, sizeof line, file)) {
    printf("%s is not there\n", path);
    return;
  }
  line[strcspn(line, "\n")] = 0;
  printf("%s = %s\n", path, line);
  fclose(file);
}

int main(int count, char** args) {
  for (int i = 1; i < count; ++i) look_at(args[i]);
  return 0;
}
