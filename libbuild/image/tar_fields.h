// Where the fields of a tar header block are; internal to reading and writing.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
#pragma once

#include <cstddef>
#include <string_view>

namespace modulah::image::tar {

struct Field {
  std::size_t offset;
  std::size_t size;
};

struct Fields {
  Field name{0, 100};
  Field mode{100, 8};
  Field uid{108, 8};
  Field gid{116, 8};
  Field size{124, 12};
  Field mtime{136, 12};
  Field checksum{148, 8};
  Field type{156, 1};
  Field link{157, 100};
  Field magic{257, 8};  ///< With the version.
  Field user_name{265, 32};
  Field group_name{297, 32};
  Field device_major{329, 8};
  Field device_minor{337, 8};
  Field prefix{345, 155};  ///< Something else in GNU's variant.
};
inline constexpr Fields kFields;

inline constexpr std::string_view kPosixMagic{"ustar\00000", 8};

}  // namespace modulah::image::tar
