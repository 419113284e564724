// SPDX-License-Identifier: Apache-2.0
// What filters look for in the index beside words: "k:visit", "s:kgz", "c:1540", "y:2027", "m:202703". They narrow a search before its
// hits are looked at; the entries themselves decide. Private to full_text.cc and text_search.cc. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace liaison {

struct TextEntry;
struct TextSearch;

// Of an entry. No word of a text has a colon.
std::vector<std::string> marks_of(const TextEntry& entry);
// Of a search: groups, of each of which one mark must be there.
std::vector<std::vector<std::string>> filters_of(const TextSearch& search);

// ";KGZ;TJK;" so that one code can be looked for, and back.
std::string fenced(const std::vector<std::string>& words);
std::vector<std::string> unfenced(std::string_view text);

// The year of a day since 1970.
int year_of(std::int64_t day);

}  // namespace liaison
