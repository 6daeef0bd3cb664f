// What files are told to be.
#include "modulah/validate/file_kind.h"

#include <set>
#include <string>

#include "modulah/base/io.h"

#include "modulah_test/catch.h"

using modulah::as_bytes;
using modulah::validate::FileKind;
using modulah::validate::kind_of_file;
using namespace std::string_literals;

TEST_CASE("A file is told by its first bytes") {
  struct Case {
    std::string bytes;
    FileKind kind;
  };
  const Case cases[] = {
      {"\0asm\1\0\0\0"s, FileKind::module},
      {"\0asm\xd\0\1\0"s, FileKind::module},
      {"\0aot\1\0\0\0"s, FileKind::compiled},
      {"\x7f"s + "ELF\2\1\1\xc8"s, FileKind::compiled},
      {"\x7f"s + "ELF\2\1\1\0"s, FileKind::elf},
      {"\x7f"s + "ELF"s, FileKind::elf},
      {"MZ\x90\0"s, FileKind::windows},
      {"\xcf\xfa\xed\xfe\7"s, FileKind::macos},
      {"#!/bin/sh"s, FileKind::script},
      {"#"s, FileKind::other},
      {""s, FileKind::empty},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:aa\n", FileKind::lfs_pointer},
      {"version 2", FileKind::other},
      {"<!DOCTYPE html>", FileKind::html},
      {"\xEF\xBB\xBF\n  <HTML lang=en>", FileKind::html},
      {"<?xml version=\"1.0\"?><Error/>", FileKind::xml},
      {"{\"message\":\"Not Found\"}", FileKind::json},
      {"\x1f\x8b\x08"s, FileKind::gzip},
      {"\x28\xb5\x2f\xfd"s, FileKind::zstd},
      {"\xfd"s + "7zXZ\0"s, FileKind::xz},
      {"BZh9", FileKind::bzip2},
      {"PK\3\4", FileKind::zip},
      {std::string(257, 'x') + "ustar", FileKind::tar},
      {"(module)", FileKind::text_format},
      {";; a comment\n(; another ;)\n (component\n)", FileKind::text_format},
      {"(modules)", FileKind::other},
      {"(; without an end", FileKind::other},
      {"hello", FileKind::other},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bytes);
    CHECK(kind_of_file(as_bytes(c.bytes)) == c.kind);
  }
}

TEST_CASE("Every kind has words, in its place, and names are not used twice") {
  std::set<std::string_view> names;
  for (const auto& words : modulah::validate::all_file_kinds()) {
    CAPTURE(words.name);
    CHECK(&modulah::validate::words_of(words.kind) == &words);
    CHECK(names.insert(words.name).second);
    CHECK_FALSE(words.what.empty());
    CHECK((words.hint.empty() == (words.kind == FileKind::module)));
  }
  CHECK(modulah::validate::not_a_module(FileKind::html) ==
        "is an HTML page, not a WebAssembly module");
  CHECK(modulah::validate::not_a_module(FileKind::other) ==
        "is not a WebAssembly module: it does not begin with \"\\0asm\"");
}
