// fmt as an archive of our own, for where the system has it as a shared library only.
//
// A shared fmt brings the shared C++ library with it, and finding and binding the two takes a third
// of what a build takes that finds nothing changed. fmt installs the bodies of its functions as a
// header for this purpose; compiling them once here costs seconds, compiling them into every file
// (FMT_HEADER_ONLY) costs minutes.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

// The templates that fmt's headers declare as compiled elsewhere.
template FMT_API auto dragonbox::to_decimal(float) noexcept -> dragonbox::decimal_fp<float>;
template FMT_API auto dragonbox::to_decimal(double) noexcept -> dragonbox::decimal_fp<double>;
template FMT_API auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template FMT_API auto decimal_point_impl(locale_ref) -> char;
template FMT_API void buffer<char>::append(const char*, const char*);
#if FMT_VERSION >= 100000
template FMT_API void vformat_to(buffer<char>&, string_view, typename vformat_args<>::type,
                                 locale_ref);
#endif

}  // namespace detail
FMT_END_NAMESPACE
