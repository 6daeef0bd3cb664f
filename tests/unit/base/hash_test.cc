#include "modulah/base/hash.h"

#include "modulah_test/catch.h"

using namespace modulah;

TEST_CASE("sha256 gives the standard's example values") {
  CHECK(to_hex(sha256(as_bytes(""))) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a Sha256Sink gives the same hash whatever the sizes of the writes") {
  const std::string text(100'000, 'a');
  Sha256Sink sink;
  std::size_t at = 0;
  for (std::size_t step = 1; at < text.size(); step = step * 3 + 1) {
    const std::string_view piece = std::string_view(text).substr(at, step);
    sink.write(as_bytes(piece));
    at += piece.size();
  }
  CHECK(sink.count() == text.size());
  CHECK(sink.finish() == sha256(as_bytes(text)));
}
