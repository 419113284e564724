// SPDX-License-Identifier: Apache-2.0
// The filters of one page of a list, as the API is asked: "?state=KGZ&limit=20". What is not known is refused with what is
// known: a list that is empty because of a slip would be taken for the truth. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

using Filters = std::map<std::string, std::string>;

// kInput for a filter of another name.
Result<void> check_filters(const Filters& filters, const std::vector<std::string_view>& known);
// Empty when it was not given.
std::string filter_text(const Filters& filters, const std::string& key);
// One of the known words, or empty; kInput with the nearest one.
Result<std::string> filter_word(const Filters& filters, const std::string& key, const std::vector<std::string_view>& known);
// The alpha-3 code that the filter `state` means; empty when it was not given. kInput with the nearest name.
Result<std::string> state_in(const Filters& filters);
// A day, as days since 1970-01-01; nothing when it was not given. kInput.
Result<std::optional<std::int64_t>> day_filter(const Filters& filters, const std::string& key);
// The filter `since`: a day or a time. kInput.
Result<std::optional<std::uint64_t>> since_of(const Filters& filters);
// Where the page before ended: "number.id", as it gave out. kInput.
struct Cursor { std::int64_t number = 0; std::string id; };
Result<std::optional<Cursor>> cursor_of(const Filters& filters);
// How many a page may have: 1 to 500, 50 when it was not given; kInput.
Result<std::uint64_t> limit_of(const Filters& filters);

}  // namespace liaison
