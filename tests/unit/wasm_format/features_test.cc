// Each feature is seen where it is used, and only there.
#include "modulah/base/io.h"
#include "modulah/wasm/summary.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/wasm_bytes.h"

using namespace modulah;
using namespace modulah::wasm;
using namespace modulah::test;

namespace {

using Names = std::vector<std::string_view>;

Names features_of(const std::string& binary) {
  return summarize(as_bytes(binary), "a.wasm").used_features.names();
}
Names features_of_code(std::initializer_list<unsigned> code) {
  return features_of(module_with_code(bytes(code)));
}

}  // namespace

TEST_CASE("features are seen in instructions") {
  struct Case {
    std::initializer_list<unsigned> code;
    Names features;
  };
  const Case cases[] = {
      {{0x41, 0x7F, 0x1A}, {}},
      {{0x02, 0x40, 0x0C, 0, 0x0B}, {}},
      {{0x02, 0x7F, 0x41, 0, 0x0B, 0x1A}, {}},
      {{0x02, 0, 0x0B}, {"multivalue"}},
      {{0xC0}, {"sign-ext"}},
      {{0xFC, 0}, {"nontrapping-fptoint"}},
      {{0xFC, 10, 0, 0}, {"bulk-memory", "bulk-memory-opt"}},
      {{0xFC, 11, 0}, {"bulk-memory", "bulk-memory-opt"}},
      {{0xFC, 12, 0, 0}, {"bulk-memory"}},
      {{0xFC, 14, 0, 0}, {"bulk-memory"}},
      {{0xFC, 15, 0}, {"reference-types"}},
      {{0xFC, 19}, {"wide-arithmetic"}},
      {{0xFC, 0x30, 1, 0}, {"fp16"}},
      {{0x11, 0, 0}, {}},
      {{0x11, 0, 0x80, 0x80, 0x80, 0x80, 0}, {"call-indirect-overlong"}},
      {{0x11, 0, 1}, {"reference-types"}},
      {{0x12, 0}, {"tail-call"}},
      {{0x13, 0, 0}, {"tail-call"}},
      {{0x14, 0}, {"function-references"}},
      {{0x1C, 1, 0x7F}, {"reference-types"}},
      {{0x25, 0}, {"reference-types"}},
      {{0xD0, 0x70}, {"reference-types"}},
      {{0xD0, 0x69}, {"reference-types", "exception-handling"}},
      {{0xD5, 0}, {"function-references"}},
      {{0x06, 0x40, 0x07, 0, 0x19, 0x0B}, {"legacy-exceptions"}},
      {{0x06, 0x40, 0x18, 0}, {"legacy-exceptions"}},
      {{0x1F, 0x40, 2, 0, 0, 0, 2, 0, 0x0B}, {"exception-handling"}},
      {{0x0A}, {"exception-handling"}},
      {{0xFB, 0, 0}, {"gc"}},
      {{0xFB, 17, 0, 0}, {"gc"}},
      {{0xFB, 24, 0, 0, 0x6E, 0x6C}, {"reference-types", "gc"}},
      {{0xFD, 0, 4, 0}, {"simd128"}},
      {{0xFD, 12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {"simd128"}},
      {{0xFD, 0x15, 3}, {"simd128"}},
      {{0xFD, 0x54, 0, 0, 3}, {"simd128"}},
      {{0xFD, 0x5C, 0, 0}, {"simd128"}},
      {{0xFD, 0xFF, 0x01}, {"simd128"}},
      {{0xFD, 0x80, 0x02}, {"simd128", "relaxed-simd"}},
      {{0xFE, 3, 0}, {"atomics"}},
      {{0xFE, 0x10, 2, 0}, {"atomics"}},
      {{0x28, 0x42, 1, 0}, {"multimemory"}},
      {{0x3F, 1}, {"multimemory"}},
      {{0xE0, 0}, {"stack-switching"}},
      {{0xE3, 0, 2, 0, 0, 0, 1, 0}, {"stack-switching"}},
      {{0x0E, 2, 0, 0, 0}, {}},
      {{0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F}, {}},
      {{0x43, 0xFF, 0xFF, 0xFF, 0xFF, 0x44, 1, 2, 3, 4, 5, 6, 7, 8}, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(bytes(c.code));
    CHECK(features_of_code(c.code) == c.features);
  }
}

TEST_CASE("features are seen in types, limits, globals and segments") {
  const auto type = [](std::initializer_list<unsigned> code) {
    return features_of(module_of({section(1, list({bytes(code)}))}));
  };
  CHECK(type({0x60, 1, 0x7B, 0}) == Names{"simd128"});
  CHECK(type({0x60, 0, 2, 0x7F, 0x7F}) == Names{"multivalue"});
  CHECK(type({0x60, 1, 0x6F, 0}) == Names{"reference-types"});
  CHECK(type({0x5F, 1, 0x78, 1}) == Names{"gc"});
  CHECK(type({0x4E, 1, 0x50, 0, 0x5E, 0x7F, 0}) == Names{"gc"});
  const auto memory = [](std::initializer_list<unsigned> limits) {
    return features_of(module_of({section(5, list({bytes(limits)}))}));
  };
  CHECK(memory({0, 1}).empty());
  CHECK(memory({3, 1, 1}) == Names{"atomics"});
  CHECK(memory({5, 1, 1}) == Names{"memory64"});
  CHECK(memory({8, 1, 0}) == Names{"custom-page-sizes"});
  CHECK(features_of(module_of({section(5, list({bytes({0, 1}), bytes({0, 1})}))})) ==
        Names{"multimemory"});
  CHECK(features_of(module_of({section(4, list({bytes({0x70, 0, 1})}))})).empty());
  CHECK(features_of(module_of({section(4, list({bytes({0x6F, 0, 1})}))})) ==
        Names{"reference-types"});
  const auto global = [](std::initializer_list<unsigned> code) {
    return module_of({section(6, list({bytes(code)}))});
  };
  CHECK(features_of(global({0x7F, 1, 0x41, 0, 0x0B})).empty());
  CHECK(features_of(global({0x7F, 0, 0x41, 0, 0x41, 1, 0x6A, 0x0B})) == Names{"extended-const"});
  CHECK(features_of(global({0x7F, 1, 0x41, 0, 0x0B}) +
                    section(7, list({sized("g") + bytes({3, 0})}))) == Names{"mutable-globals"});
  CHECK(features_of(module_of({section(5, list({bytes({0, 1})})),
                               section(11, list({bytes({1}) + sized("passive")}))})) ==
        Names{"bulk-memory"});
  CHECK(features_of(module_of({two_types(), section(13, list({bytes({0, 0})}))})) ==
        Names{"exception-handling"});
}

TEST_CASE("instructions may refer to data segments after a data count section") {
  const auto with_count = [](std::initializer_list<unsigned> code) {
    return features_of(
        module_of({two_types(), section(3, list({bytes({0})})), section(5, list({bytes({0, 1})})),
                   section(12, bytes({0})), section(10, list({body(bytes(code))}))}));
  };
  CHECK(with_count({0xFC, 8, 0, 0}) == Names{"bulk-memory"});
  CHECK(with_count({0xFC, 9, 0}) == Names{"bulk-memory"});
  CHECK(with_count({0xFB, 9, 0, 0}) == Names{"bulk-memory", "gc"});
  CHECK(with_count({0xFB, 18, 0, 0}) == Names{"bulk-memory", "gc"});
}

TEST_CASE("names of features are those of the tool conventions, and found again") {
  CHECK(to_string(Feature::nontrapping_fptoint) == "nontrapping-fptoint");
  CHECK(to_string(Feature::fp16) == "fp16");
  CHECK(parse_feature("simd128") == Feature::simd128);
  CHECK_FALSE(parse_feature("simd"));
  for (unsigned i = 0; i < kFeatureCount; ++i) {
    const auto feature = static_cast<Feature>(i);
    CHECK(parse_feature(to_string(feature)) == feature);
  }
  FeatureSet set;
  set.insert(Feature::gc);
  set.insert(Feature::sign_ext);
  CHECK(set.names() == Names{"sign-ext", "gc"});
  FeatureSet other;
  other.insert(Feature::gc);
  CHECK((set - other).names() == Names{"sign-ext"});
  CHECK((set | other) == set);
}

TEST_CASE("unknown instructions are named with their place") {
  struct Case {
    std::initializer_list<unsigned> code;
    const char* message;
  };
  const Case cases[] = {
      {{0x27}, "a.wasm: byte 0x1c: unknown instruction 0x27"},
      {{0xFC, 99}, "a.wasm: byte 0x1c: unknown instruction 0xfc 0x63"},
      {{0xFD, 0x9A, 1}, "a.wasm: byte 0x1c: unknown instruction 0xfd 0x9a"},
      {{0xFE, 4}, "a.wasm: byte 0x1c: unknown instruction 0xfe 0x04"},
      {{0xFB, 0x7F}, "a.wasm: byte 0x1c: unknown instruction 0xfb 0x7f"},
      {{0xFC, 9, 0},
       "a.wasm: byte 0x1c: the instruction requires a data count section, which is missing"},
      {{0x28, 0x80, 1, 0}, "a.wasm: byte 0x1d: alignment of 2^128"},
      {{0x41, 0x80, 0x80, 0x80, 0x80, 0x10}, "a.wasm: byte 0x1d: number does not fit in 32 bits"},
      {{0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0},
       "a.wasm: byte 0x1d: number of 32 bits is encoded in too many bytes"},
      {{0x0B}, "a.wasm: byte 0x1d: function body has extra bytes at its end: 1"},
      {{0x02, 0x40}, "a.wasm: byte 0x1f: unexpected end"},
  };
  for (const Case& c : cases) CHECK(error_of([&] { (void)features_of_code(c.code); }) == c.message);
}
