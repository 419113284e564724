// SPDX-License-Identifier: Apache-2.0
// Result<T>: how every function that can fail says so. Exceptions stay inside the file that includes a throwing
// library; CHECK is for mistakes of the programmer and never for bytes from outside.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "schemas/codes.h"

namespace liaison {

// `what` is a sentence without capital or full stop; `hint` says what to try, and may be empty.
struct Error {
  Code code = Code::kInternal;
  std::string what;
  std::string hint = {};
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(const Error& error) : tl::expected<T, Error>(tl::unexpect, error) {}
  Result(Error&& error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
};

template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
 public:
  using tl::expected<void, Error>::expected;
  Result() = default;
  Result(const Error& error) : tl::expected<void, Error>(tl::unexpect, error) {}
  Result(Error&& error) : tl::expected<void, Error>(tl::unexpect, std::move(error)) {}
};

// One error in the making: `return fail(Code::kFormat, "the frame is shorter than its lengths say");`
inline Error fail(Code code, std::string what, std::string hint = {}) {
  return Error{code, std::move(what), std::move(hint)};
}

// The same error with what this layer knows put before it: "roster.note: line 4: unknown member".
inline Error within(std::string context, Error error) {
  error.what = std::move(context) + ": " + error.what;
  return error;
}

template <class T>
T take(Result<T>&& result) {
  return std::move(*result);
}
inline void take(Result<void>&&) {}

// Ends the process in every build, with the place and the condition on standard error.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace liaison

// The value, or a return of the error. Not to be nested, nor beside other values in braces or arguments (g++ 12 leaks).
#define TRY(expression)                                                   \
  __extension__({                                                         \
    auto try_result_ = (expression);                                      \
    if (!try_result_.has_value()) return std::move(try_result_).error(); \
    ::liaison::take(std::move(try_result_));                              \
  })

#define CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::liaison::check_failed(#condition, __FILE__, __LINE__))
