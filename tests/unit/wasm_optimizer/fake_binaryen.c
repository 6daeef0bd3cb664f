/* Has the calls of Binaryen's C API that the worker needs. What it does is given in the module, in a
   custom section: "do:hang", "do:abort", "do:exit", "do:memory", "do:invalid", "do:break",
   "do:truncate", "do:empty", "do:print"; else it gives the module back as it came. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct module {
  char *bytes;
  size_t size;
};
struct written {
  void *binary;
  size_t size;
  char *source_map;
};

const char fake_version[] = "\000777";
static struct module the_module;
static int optimized;

static bool asks(const char *what) {
  const size_t length = strlen(what);
  for (size_t i = 0; i + length <= the_module.size; ++i)
    if (memcmp(the_module.bytes + i, what, length) == 0) return true;
  return false;
}

struct module *BinaryenModuleRead(char *bytes, size_t size);
struct module *BinaryenModuleRead(char *bytes, size_t size) {
  the_module.bytes = bytes;
  the_module.size = size;
  if (asks("do:print")) puts("a word on standard output");
  fflush(stdout);
  if (asks("do:hang"))
    for (;;) pause();
  if (asks("do:exit")) {
    fputs("Fatal: [parse exception: bad\n  section]\n", stderr);
    _exit(1);
  }
  if (asks("do:memory")) {
    fputs("terminate called after throwing an instance of 'std::bad_alloc'\n", stderr);
    abort();
  }
  return &the_module;
}
void BinaryenModuleDispose(struct module *module);
void BinaryenModuleDispose(struct module *module) { (void)module; }
void BinaryenModuleSetFeatures(struct module *module, uint32_t features);
void BinaryenModuleSetFeatures(struct module *module, uint32_t features) {
  (void)module;
  (void)features;
}
bool BinaryenModuleValidate(struct module *module);
bool BinaryenModuleValidate(struct module *module) {
  (void)module;
  if (asks("do:invalid") || (optimized && asks("do:break"))) {
    fputs("[wasm-validator error in function 0] it is wrong\n", stderr);
    return false;
  }
  return true;
}
void BinaryenModuleOptimize(struct module *module);
void BinaryenModuleOptimize(struct module *module) {
  (void)module;
  optimized = 1;
  if (asks("do:abort")) {
    fputs("fake: Assertion failed.\n", stderr);
    abort();
  }
}
struct written BinaryenModuleAllocateAndWrite(struct module *module, const char *url);
struct written BinaryenModuleAllocateAndWrite(struct module *module, const char *url) {
  /* As Binaryen does: the caller frees it. */
  struct written result = {malloc(module->size), module->size, NULL};
  (void)url;
  memcpy(result.binary, module->bytes, module->size);
  if (asks("do:truncate")) result.size -= 3;
  if (asks("do:empty")) result.size = 8;
  return result;
}
void BinaryenSetOptimizeLevel(int level);
void BinaryenSetOptimizeLevel(int level) { (void)level; }
void BinaryenSetShrinkLevel(int level);
void BinaryenSetShrinkLevel(int level) { (void)level; }
void BinaryenSetDebugInfo(bool on);
void BinaryenSetDebugInfo(bool on) { (void)on; }
uint32_t BinaryenFeatureSignExt(void);
uint32_t BinaryenFeatureSignExt(void) { return 1; }
