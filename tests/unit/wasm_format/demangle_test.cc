// Names made by rustc 1.95 and clang 14, and hostile ones.
#include "modulah/wasm/demangle.h"

#include <chrono>
#include <string>

#include "modulah_test/catch.h"

using namespace modulah::wasm;

namespace {

struct Case {
  const char* symbol;
  const char* name;
};

/// `text`, `count` times.
std::string repeated(std::string_view text, unsigned count) {
  std::string out;
  for (unsigned i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("demangle reads C++") {
  constexpr Case kCases[] = {
      {"_ZN3app3runEi", "app::run(int)"},
      {"_ZNSt6vectorIiSaIiEE9push_backERKi",
       "std::vector<int, std::allocator<int> >::push_back(int const&)"},
      {"_ZZN3app3runEiENUliE_8__invokeEi", "app::run(int)::{lambda(int)#1}::__invoke(int)"},
      {"_ZN3fooC2Ev", "foo::foo()"},
      {"_Znwm", "operator new(unsigned long)"},
      {"_ZTv0_n24_N1A1fEv", "virtual thunk to A::f()"},
  };
  for (const Case& c : kCases) CHECK(demangle(c.symbol) == c.name);
}

TEST_CASE("demangle reads Rust's scheme v0") {
  constexpr Case kCases[] = {
      {"_RINvNtCs6xxl1lAjzDf_1a3geo1dDNtNtNtNtCsgEmfK2I1SDS_4core4iter6traits8iterator8Iterator"
       "p4ItemhEL_EB4_",
       "a::geo::d::<dyn core::iter::traits::iterator::Iterator<Item = u8>>"},
      {"_RINvNtCs6xxl1lAjzDf_1a3geo1dFG_QL0_SlAuj3_EoEB4_",
       "a::geo::d::<for<'a> fn(&'a mut [i32], [(); 3]) -> u128>"},
      {"_RINvNtCs6xxl1lAjzDf_1a3geo3genThReEKb1_Kcdf_Kan3_EB4_",
       "a::geo::gen::<(u8, &str), true, 'ß', -3>"},
      {"_RINvNtCs6xxl1lAjzDf_1a3geo3hofNvB4_4tailEB4_", "a::geo::hof::<a::tail>"},
      {"_RINvNtCs6xxl1lAjzDf_1a3geo3sumINtB4_2SqKj7_EEB4_", "a::geo::sum::<a::Sq<7>>"},
      {"_RNCINvNtCs6xxl1lAjzDf_1a3geo3sumDNtB6_5ShapeEL_E0B6_",
       "a::geo::sum::<dyn a::Shape>::{closure#0}"},
      {"_RNvNtCs6xxl1lAjzDf_1a3geou9gre_6ka8i", "a::geo::größe"},
      {"_RNvMs0_NtCs6xxl1lAjzDf_1a3geoNtB5_1T3run", "<a::geo::T>::run"},
      {"_RNvXCs6xxl1lAjzDf_1aPhNtB2_5Shape4area", "<*const u8 as a::Shape>::area"},
      {"_RNvYhNtCs6xxl1lAjzDf_1a5Shape4area", "<u8 as a::Shape>::area"},
      {"_RINvCs6xxl1lAjzDf_1a1fFUKCPaEuE", "a::f::<unsafe extern \"C\" fn(*const i8)>"},
      {"_RINvCs6xxl1lAjzDf_1a1fTlEE", "a::f::<(i32,)>"},
      {"_RINvC1a1fKRe616263_E", "a::f::<\"abc\">"},
      {"_RINvC1a1fKRAh1_h2_EE", "a::f::<{&[1, 2]}>"},
      {"_RINvC1a1fKVNtB2_1SS1xh1_1yb0_EE", "a::f::<{a::S { x: 1, y: false }}>"},
      {"_RNSNvC1a1f0", "a::f::{shim#0}"},
      {"_RNSNvC1a1f6vtable", "a::f::{shim:vtable#0}"},
      {"_RNvC1a1f.llvm.123", "a::f"},
  };
  for (const Case& c : kCases) CHECK(demangle(c.symbol) == c.name);
}

TEST_CASE("demangle reads Rust's older scheme, without the hash") {
  constexpr Case kCases[] = {
      {"_ZN1a1p17h19188bfff57be515E", "a::p"},
      {"_ZN103_$LT$alloc..vec..into_iter..IntoIter$LT$T$C$A$GT$$u20$as$u20$core..iter..traits.."
       "iterator..Iterator$GT$9size_hint17h5889e70ee54b5fd8E",
       "<alloc::vec::into_iter::IntoIter<T,A> as core::iter::traits::iterator::Iterator>::"
       "size_hint"},
      {"_ZN1a3geo3sum28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
       "a::geo::sum::{{closure}}"},
      {"_ZN1a3geo13gr$uf6$$udf$e17h0123456789abcdefE", "a::geo::größe"},
      {"_ZN1a1p17h19188bfff57be515E.llvm.42", "a::p"},
      // As wasm-ld leaves them.
      {"core::fmt::write::h0123456789abcdef", "core::fmt::write"},
      {"_$LT$str$u20$as$u20$core..fmt..Display$GT$::fmt::h0123456789abcdef",
       "<str as core::fmt::Display>::fmt"},
  };
  for (const Case& c : kCases) CHECK(demangle(c.symbol) == c.name);
}

TEST_CASE("demangle leaves other names as they are") {
  constexpr const char* kNames[] = {
      "", "main", "_start", "main.main", "runtime.mallocgc", "$s4main", "a::b(int)", "_Z", "_ZN",
      "_ZNE", "_R", "_RNv", "_RNvC", "Z",
      // A number that is not there, a hash that is none.
      "_ZN99999999999999999999a17h0123456789abcdefE", "core::fmt::write::h0123456789abcdeg",
      "_RNvC1a9f",
      // A scheme of the future, a reference to what follows.
      "_R1NvC1a1f", "_RNvB9_1f", "_RNvB_1f", "_RINvC1a1fKVNtB4_1SX", "_RNvC1au5a_b-c"};
  for (const char* name : kNames) CHECK(demangle(name) == name);
  CHECK(demangle(std::string_view("_ZN3app3runEi\0x", 15)) ==
        std::string_view("_ZN3app3runEi\0x", 15));
}

TEST_CASE("demangle is bounded for hostile names") {
  const auto start = std::chrono::steady_clock::now();
  SECTION("Rust: a name that stands for 2^200 characters is cut") {
    // Each tuple has the one before twice.
    std::string doubled = "_RINvC1a1fTTTTTTTTTTTTTTTTTTTTTTTTTTuu";
    for (unsigned i = 0; i < 26; ++i) doubled += "EBs_";
    CHECK(demangle(doubled + "EE").size() <= kMaxDemangledBytes);
  }
  SECTION("Rust: nesting is bounded") {
    const std::string symbol = "_RINvC1a1f" + repeated("S", 1'000'000) + "hE";
    CHECK(demangle(symbol) == symbol);
    CHECK(demangle("_RINvC1a1f" + repeated("S", 100) + "hE").starts_with("a::f::<[["));
  }
  SECTION("Rust: a long name is cut within no character") {
    const std::string symbol = "_RNvC1a10000" + repeated("ß", 5'000);
    const std::string name = demangle(symbol);
    CHECK(name.size() <= kMaxDemangledBytes);
    CHECK(name.ends_with("ß…"));
    CHECK(demangle("_ZN1a10000" + repeated("x", 10'000) + "17h0123456789abcdefE").size() ==
          kMaxDemangledBytes);
  }
  SECTION("C++: a name that stands for 2^30 characters stays mangled") {
    // f(pair<pair<...>, pair<...>>): each level has the one before twice.
    CHECK(demangle("_Z1fSt4pairIS_IiiES0_E") ==
          "f(std::pair<std::pair<int, int>, std::pair<int, int> >)");
    constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string type = "S_IiiES0_";
    for (unsigned i = 1; i < 30; ++i) {
      type = "S_I" + type + "ES" + kDigits[i] + "_";
    }
    const std::string symbol = "_Z1fSt4pairI" + type + "E";
    CHECK(demangle(symbol) == symbol);
    CHECK(demangle("_Z1f" + repeated("P", 100'000) + "i").size() == 100'005);
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}
