// A library with all the functions of Wasmtime, whose code says that version 47 made it: what a test
// needs to see that another version is refused before it is used. Calling a STUB would be the
// mistake that the test is there to find, so it aborts.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct byte_vec {
  size_t size;
  char* data;
};

static int something;

void* wasm_config_new(void) { return &something; }
void* wasm_engine_new_with_config(void* config) { return config; }
void wasm_engine_delete(void* engine) { (void)engine; }
void wasmtime_config_parallel_compilation_set(void* config, int value) { (void)config, (void)value; }
void wasmtime_config_epoch_interruption_set(void* config, int value) { (void)config, (void)value; }
void wasmtime_config_wasm_component_model_set(void* config, int value) { (void)config, (void)value; }
void wasm_byte_vec_delete(struct byte_vec* vec) { free(vec->data); }
void* wasmtime_module_new(void* engine, const uint8_t* bytes, size_t size, void** out) {
  (void)bytes, (void)size;
  *out = engine;
  return NULL;
}
void wasmtime_module_delete(void* module) { (void)module; }

// An ELF file with the sections "", ".wasmtime.engine" and ".shstrtab".
void* wasmtime_module_serialize(void* module, struct byte_vec* out) {
  static const char content[] = "\0\00247x86_64";
  static const char names[] = "\0.wasmtime.engine\0.shstrtab";
  const uint64_t table = 64, content_at = table + 3 * 64, names_at = content_at + sizeof content;
  const uint64_t content_size = sizeof content, names_size = sizeof names;
  const uint16_t count = 3, names_index = 2;
  const uint32_t engine_name = 1, names_name = 18;
  (void)module;
  out->size = names_at + names_size;
  out->data = calloc(1, out->size);
  char* file = out->data;
  memcpy(file, "\177ELF\2\1", 6);
  memcpy(file + 40, &table, 8);
  memcpy(file + 60, &count, 2);
  memcpy(file + 62, &names_index, 2);
  char* engine = file + table + 64;
  memcpy(engine, &engine_name, 4);
  memcpy(engine + 24, &content_at, 8);
  memcpy(engine + 32, &content_size, 8);
  char* text = file + table + 128;
  memcpy(text, &names_name, 4);
  memcpy(text + 24, &names_at, 8);
  memcpy(text + 32, &names_size, 8);
  memcpy(file + content_at, content, sizeof content);
  memcpy(file + names_at, names, sizeof names);
  return NULL;
}

#define STUB(name) \
  void name(void) { abort(); }
STUB(wasmtime_error_message)
STUB(wasmtime_error_delete)
STUB(wasmtime_module_validate)
STUB(wasmtime_module_deserialize)
STUB(wasmtime_error_new)
STUB(wasmtime_error_exit_status)
STUB(wasmtime_linker_allow_shadowing)
STUB(wasmtime_linker_define_func)
STUB(wasm_valtype_new)
STUB(wasm_valtype_vec_new)
STUB(wasm_valtype_vec_new_empty)
STUB(wasm_functype_new)
STUB(wasm_functype_delete)
STUB(wasmtime_trap_new)
STUB(wasmtime_error_wasm_trace)
STUB(wasm_trap_message)
STUB(wasm_trap_trace)
STUB(wasm_trap_delete)
STUB(wasm_frame_vec_delete)
STUB(wasm_frame_func_index)
STUB(wasm_frame_module_offset)
STUB(wasmtime_frame_func_name)
STUB(wasmtime_frame_module_name)
STUB(wasmtime_engine_increment_epoch)
STUB(wasmtime_module_imports)
STUB(wasm_importtype_vec_delete)
STUB(wasm_importtype_module)
STUB(wasm_importtype_name)
STUB(wasmtime_module_exports)
STUB(wasm_exporttype_vec_delete)
STUB(wasm_exporttype_name)
STUB(wasmtime_store_new)
STUB(wasmtime_store_delete)
STUB(wasmtime_store_context)
STUB(wasmtime_store_limiter)
STUB(wasmtime_context_set_epoch_deadline)
STUB(wasmtime_store_epoch_deadline_callback)
STUB(wasmtime_linker_new)
STUB(wasmtime_linker_delete)
STUB(wasmtime_linker_define_wasi)
STUB(wasmtime_linker_instantiate)
STUB(wasmtime_linker_get)
STUB(wasmtime_instance_export_get)
STUB(wasmtime_func_call)
STUB(wasmtime_context_set_wasi)
STUB(wasi_config_new)
STUB(wasi_config_delete)
STUB(wasi_config_set_argv)
STUB(wasi_config_set_env)
STUB(wasi_config_inherit_stdin)
STUB(wasi_config_inherit_stdout)
STUB(wasi_config_inherit_stderr)
STUB(wasi_config_set_stdin_bytes)
STUB(wasi_config_set_stdout_custom)
STUB(wasi_config_set_stderr_custom)
STUB(wasi_config_preopen_dir)
STUB(wasm_byte_vec_new)
STUB(wasmtime_component_new)
STUB(wasmtime_component_serialize)
STUB(wasmtime_component_deserialize)
STUB(wasmtime_component_delete)
STUB(wasmtime_component_type)
STUB(wasmtime_component_type_delete)
STUB(wasmtime_component_type_export_count)
STUB(wasmtime_component_type_export_nth)
STUB(wasmtime_component_item_delete)
STUB(wasmtime_component_get_export_index)
STUB(wasmtime_component_export_index_delete)
STUB(wasmtime_component_linker_new)
STUB(wasmtime_component_linker_delete)
STUB(wasmtime_component_linker_add_wasip2)
STUB(wasmtime_component_linker_instantiate)
STUB(wasmtime_component_instance_get_func)
STUB(wasmtime_component_func_call)
STUB(wasmtime_component_val_delete)
