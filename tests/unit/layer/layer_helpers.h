// Layers that tests are made of.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "modulah/layer/layer_writer.h"
#include "modulah/layer/tar_reader.h"

#include "modulah_test/memory_store.h"
#include "modulah_test/skip.h"

namespace modulah::test {

/// An entry with its content.
struct Item {
  layer::Entry entry;
  std::string content = {};
};

inline Item make_file(std::string path, std::string content, unsigned mode = 0644) {
  Item item;
  item.entry.path = std::move(path);
  item.entry.mode = mode;
  item.entry.size = content.size();
  item.content = std::move(content);
  return item;
}

inline Item make_entry(std::string path, layer::EntryType type, std::string target = {}) {
  Item item;
  item.entry.path = std::move(path);
  item.entry.type = type;
  item.entry.mode = type == layer::EntryType::directory ? 0755 : 0777;
  item.entry.link_target = std::move(target);
  return item;
}

inline Item make_directory(std::string path) {
  return make_entry(std::move(path), layer::EntryType::directory);
}
inline Item make_symlink(std::string path, std::string target) {
  return make_entry(std::move(path), layer::EntryType::symlink, std::move(target));
}
inline Item make_hardlink(std::string path, std::string target) {
  return make_entry(std::move(path), layer::EntryType::hardlink, std::move(target));
}

inline layer::LayerResult write_layer(std::unique_ptr<image::BlobWriter> out,
                                      const std::vector<Item>& items,
                                      const layer::LayerOptions& options = {}) {
  layer::LayerWriter writer(std::move(out), options);
  for (const Item& item : items) {
    if (item.content.empty())
      writer.add(item.entry);
    else
      writer.add(item.entry, as_bytes(item.content));
  }
  return writer.finish();
}

/// Stores a layer and returns its descriptor.
inline oci::Descriptor put_layer(MemoryStore& store, const std::vector<Item>& items) {
  return write_layer(store.begin_blob(), items).descriptor;
}

/// Bytes that do not compress to nothing, the same each time.
inline std::string noise(std::size_t size, unsigned seed = 1) {
  std::string text(size, '\0');
  for (char& c : text) {
    seed = seed * 1664525 + 1013904223;
    c = static_cast<char>(seed >> 26);
  }
  return text;
}

}  // namespace modulah::test
