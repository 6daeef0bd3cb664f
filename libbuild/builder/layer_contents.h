// Reading the content of a planned layer in the order of its tar, modules through the gate.
//
// A build writes what it reads into a layer; a check of a Containerfile reads the same files in the
// same way and drops them. So what one of them says about a file, the other says too.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "modulah/base/io.h"
#include "modulah/layer/entry.h"
#include "modulah/validate/file_kind.h"
#include "modulah/wasm/summary.h"

#include "context.h"
#include "layer_plan.h"
#include "module_gate.h"

namespace modulah::builder {

/// What is known of a file in a layer.
struct KnownFile {
  validate::FileKind kind = validate::FileKind::other;
  /// Of a module that was read now; null when its layer came from the cache.
  std::shared_ptr<const wasm::Summary> summary = nullptr;
};
/// By path in the image, without a slash at the start.
using KnownFiles = std::map<std::string, KnownFile, std::less<>>;

/// Takes the entries of a layer.
class LayerOutput {
 public:
  virtual ~LayerOutput() = default;
  virtual void add(const layer::Entry& entry) = 0;
  virtual void add(const layer::Entry& entry, Source& content) = 0;
  /// The content is `beginning`, then `rest`.
  virtual void add(const layer::Entry& entry, std::span<const std::byte> beginning,
                   Source& rest) = 0;
};

/// Reads the contents of plans. Not safe for use from two threads at once. `context` and `gate`
/// must outlive it.
class LayerContents {
 public:
  LayerContents(const Context& context, ModuleGate& gate, std::stop_token stop)
      : context_(context), gate_(gate), stop_(std::move(stop)) {}

  /// Gives all entries of `plan`, whose archives are expanded, to `output`. Returns the files that
  /// are of a kind that anybody asks for: not FileKind::other. Throws Error with the file in front:
  /// invalid for a broken module, and for a file that was changed meanwhile.
  [[nodiscard]] KnownFiles read(const LayerPlan& plan, LayerOutput& output);

 private:
  void read_entries(const LayerPlan& plan, LayerOutput& output);
  void read_archives(const LayerPlan& plan, LayerOutput& output);
  void add_hardlinks(const LayerPlan& plan, LayerOutput& output);
  /// `file` is what `content` reads from, when that is a file, or null.
  void read_file(LayerOutput& output, layer::Entry entry, Source& content, const FileSource* file,
                 std::string_view name);

  const Context& context_;
  ModuleGate& gate_;
  const std::stop_token stop_;
  KnownFiles known_;  ///< Of the layer being read.
};

/// The size of what will be the largest module of `plan`, going by the names; 0 when there will be
/// none.
[[nodiscard]] std::uint64_t expected_module_bytes(const LayerPlan& plan);

}  // namespace modulah::builder
