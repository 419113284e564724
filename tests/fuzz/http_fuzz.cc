// SPDX-License-Identifier: Apache-2.0
// The target of a request: path and query.
#include "security/http_text.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += '%' + hex(view_of(std::string_view(&c, 1)));
  return out;
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(http) {
  using namespace liaison;
  std::string path;
  std::map<std::string, std::string> query;
  if (!split_target(text_of({data, size}), path, query)) return 0;
  CHECK(path.starts_with('/'));
  std::string target = "/" + encoded(path.substr(1));
  for (const auto& [name, value] : query) target += (target.find('?') == std::string::npos ? "?" : "&") + encoded(name) + '=' + encoded(value);
  std::string path_again;
  std::map<std::string, std::string> query_again;
  CHECK(split_target(target, path_again, query_again));
  CHECK(path_again == path && query_again == query);
  CHECK(path.find('\0') == std::string::npos);
  return 0;
}
