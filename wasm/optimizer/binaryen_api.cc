// Loading, and finding out which build of Binaryen it is.
#include "binaryen_api.h"

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <link.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::wasm::binaryen {
namespace {

template <typename Function>
void find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
}

/// False when a call that every version has is not there.
bool find_all(Api& api) {
  void* library = api.library;
  find(library, "BinaryenModuleRead", api.module_read);
  find(library, "BinaryenModuleReadWithFeatures", api.module_read_with_features);
  find(library, "BinaryenModuleDispose", api.module_dispose);
  find(library, "BinaryenModuleSetFeatures", api.module_set_features);
  find(library, "BinaryenModuleValidate", api.module_validate);
  find(library, "BinaryenModuleOptimize", api.module_optimize);
  find(library, "BinaryenModuleAllocateAndWrite", api.module_write);
  find(library, "BinaryenSetOptimizeLevel", api.set_optimize_level);
  find(library, "BinaryenSetShrinkLevel", api.set_shrink_level);
  find(library, "BinaryenSetDebugInfo", api.set_debug_info);
  find(library, "BinaryenSetColorsEnabled", api.set_colors);
  find(library, "BinaryenSetGenerateStackIR", api.set_generate_stack_ir);
  find(library, "BinaryenSetOptimizeStackIR", api.set_optimize_stack_ir);
  return api.module_read != nullptr && api.module_dispose != nullptr &&
         api.module_set_features != nullptr && api.module_validate != nullptr &&
         api.module_optimize != nullptr && api.module_write != nullptr &&
         api.set_optimize_level != nullptr && api.set_shrink_level != nullptr &&
         api.set_debug_info != nullptr;
}

/// The functions that return a feature's value, any of which is enough; none: the feature needs no
/// flag.
struct FeatureNames {
  Feature feature;
  std::array<const char*, 2> functions;
};

constexpr FeatureNames kFeatures[] = {
    {Feature::mutable_globals, {"BinaryenFeatureMutableGlobals"}},
    {Feature::sign_ext, {"BinaryenFeatureSignExt"}},
    {Feature::nontrapping_fptoint, {"BinaryenFeatureNontrappingFPToInt"}},
    {Feature::bulk_memory, {"BinaryenFeatureBulkMemory"}},
    {Feature::bulk_memory_opt, {"BinaryenFeatureBulkMemoryOpt", "BinaryenFeatureBulkMemory"}},
    // Every version reads such numbers, with or without the feature.
    {Feature::call_indirect_overlong, {}},
    {Feature::multivalue, {"BinaryenFeatureMultivalue"}},
    {Feature::reference_types, {"BinaryenFeatureReferenceTypes"}},
    {Feature::simd128, {"BinaryenFeatureSIMD128"}},
    {Feature::relaxed_simd, {"BinaryenFeatureRelaxedSIMD"}},
    {Feature::tail_call, {"BinaryenFeatureTailCall"}},
    {Feature::extended_const, {"BinaryenFeatureExtendedConst"}},
    {Feature::exception_handling, {"BinaryenFeatureExceptionHandling"}},
    {Feature::legacy_exceptions, {"BinaryenFeatureExceptionHandling"}},
    {Feature::function_references, {"BinaryenFeatureTypedFunctionReferences", "BinaryenFeatureGC"}},
    {Feature::gc, {"BinaryenFeatureGC"}},
    {Feature::multimemory, {"BinaryenFeatureMultiMemory", "BinaryenFeatureMultiMemories"}},
    {Feature::memory64, {"BinaryenFeatureMemory64"}},
    {Feature::atomics, {"BinaryenFeatureAtomics"}},
    {Feature::custom_page_sizes, {"BinaryenFeatureCustomPageSizes"}},
    {Feature::wide_arithmetic, {"BinaryenFeatureWideArithmetic"}},
    {Feature::stack_switching,
     {"BinaryenFeatureStackSwitching", "BinaryenFeatureTypedContinuations"}},
    {Feature::strings, {"BinaryenFeatureStrings"}},
    {Feature::shared_everything, {"BinaryenFeatureSharedEverything"}},
    {Feature::fp16, {"BinaryenFeatureFP16"}},
};
static_assert(std::size(kFeatures) == kFeatureCount);

/// The value of one feature, or nothing when the library does not know it.
std::optional<Features> bits_of(const Api& api, const FeatureNames& names) {
  if (names.functions[0] == nullptr) return 0;
  for (const char* name : names.functions) {
    if (name == nullptr) continue;
    Features (*value)() = nullptr;
    find(api.library, name, value);
    if (value != nullptr) return value();
  }
  return std::nullopt;
}

/// What is searched by dl_iterate_phdr, and what was found.
struct Image {
  const void* inside = nullptr;  ///< An address in the library.
  std::string build_id;
  std::set<std::string> numbers;  ///< Strings in its constants that look like a version.
};

/// Binaryen's C API does not tell its version. But the text that `wasm-opt --version` prints is in
/// the library: "108", or "120 (version_120)" when it was built from a checkout.
void collect_numbers(std::string_view constants, std::set<std::string>& numbers) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = 0; (at = constants.find('\0', at)) != std::string_view::npos;) {
    ++at;
    const std::string_view rest = constants.substr(at, 8);
    if (rest.size() < 8 || rest[0] == '0' || !is_digit(rest[0]) || !is_digit(rest[1]) ||
        !is_digit(rest[2]) || (rest[3] != '\0' && rest.substr(3) != " (ver"))
      continue;
    numbers.emplace(rest.substr(0, 3));
  }
}

void read_notes(std::string_view notes, Image& image) {
  constexpr std::size_t kHeaderBytes = 3 * sizeof(std::uint32_t);
  const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  while (notes.size() >= kHeaderBytes) {
    std::array<std::uint32_t, 3> header;  // The sizes of name and content, and the type.
    std::memcpy(header.data(), notes.data(), kHeaderBytes);
    notes.remove_prefix(kHeaderBytes);
    const std::size_t name_size = padded(header[0]);
    if (notes.size() < name_size || notes.size() - name_size < header[1]) return;
    if (header[2] == NT_GNU_BUILD_ID && notes.starts_with("GNU"))
      for (const char c : notes.substr(name_size, header[1]))
        image.build_id += fmt::format("{:02x}", static_cast<unsigned char>(c));
    notes.remove_prefix(std::min(notes.size(), name_size + padded(header[1])));
  }
}

/// Reads the constants and notes of the one library that `image.inside` points into.
int look_at(dl_phdr_info* info, std::size_t, void* data) {
  Image& image = *static_cast<Image*>(data);
  const auto address = reinterpret_cast<std::uintptr_t>(image.inside);
  const std::span headers(info->dlpi_phdr, info->dlpi_phnum);
  bool is_it = false;
  for (const auto& header : headers) {
    const std::uintptr_t start = info->dlpi_addr + header.p_vaddr;
    is_it =
        is_it || (header.p_type == PT_LOAD && address >= start && address - start < header.p_memsz);
  }
  if (!is_it) return 0;
  for (const auto& header : headers) {
    const std::string_view content(reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr),
                                   header.p_filesz);
    if (header.p_type == PT_NOTE) read_notes(content, image);
    if (header.p_type == PT_LOAD && header.p_flags == PF_R) collect_numbers(content, image.numbers);
  }
  return 1;
}

void identify(const Api& api, BinaryenInfo& info) {
  Image image;
  image.inside = reinterpret_cast<const void*>(api.module_read);
  dl_iterate_phdr(look_at, &image);
  info.build_id = image.build_id;
  info.version = image.numbers.size() == 1 ? *image.numbers.begin() : "unknown";
}

}  // namespace

Api load_api(std::span<const std::filesystem::path> candidates, BinaryenInfo& info) {
  std::string tried;
  for (const std::filesystem::path& candidate : candidates) {
    if (!tried.empty()) tried += ", ";
    tried += candidate.native();
    Api api = {};
    api.library = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (api.library == nullptr) {
      // A library that exists and cannot be loaded is an error; a missing one is not.
      if (candidate.is_absolute() && std::filesystem::exists(candidate))
        throw Error(ErrorKind::unsupported, fmt::format("load Binaryen: {}", dlerror()));
      continue;
    }
    if (!find_all(api))
      throw Error(
          ErrorKind::unsupported,
          fmt::format("\"{}\" is not Binaryen, or older than version 108", candidate.native()));
    info.library = candidate;
    identify(api, info);
    return api;
  }
  throw Error(ErrorKind::not_found,
              fmt::format("Binaryen's library is not there; looked for {}", tried),
              "Install the package binaryen, or build without optimising.");
}

FeatureBits feature_bits(const Api& api, FeatureSet features) {
  FeatureBits result;
  for (const FeatureNames& names : kFeatures) {
    if (!features.contains(names.feature)) continue;
    if (const auto bits = bits_of(api, names))
      result.bits |= *bits;
    else
      result.missing.insert(names.feature);
  }
  return result;
}

}  // namespace modulah::wasm::binaryen
