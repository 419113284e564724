// SPDX-License-Identifier: Apache-2.0
// Private to http: the parts of a request and response that are only text. Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "security/http.h"

namespace liaison {

std::string lower(std::string text);
// "%41+b" -> "A b" (with `plus`); false for a broken escape or a NUL.
bool percent_decode(std::string_view text, bool plus, std::string& out);
// "/a/b?c=d" into its parts; false when it is not well formed.
bool split_target(std::string_view target, std::string& path, std::map<std::string, std::string>& query);
// Status line and headers, the empty line included.
std::string response_head(const HttpResponse& response, bool keep_alive, bool stream);

}  // namespace liaison
