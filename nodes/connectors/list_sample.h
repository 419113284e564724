// SPDX-License-Identifier: Apache-2.0
// Consolidated lists with plainly invented entries, in the form of the real ones: for the bench and the tests. Pure functions.
#pragma once

#include <string>
#include <vector>

namespace liaison {

struct InventedEntry {
  std::string reference, list_type;
  bool entity = false;
  std::string comments = "Invented.";
  std::string listed_on = "2016-01-20";
  std::vector<std::string> updated_on;
};

// So many entries, two thirds of them individuals, most of Al-Qaida and the Taliban. At most 3,900.
std::vector<InventedEntry> invented_entries(std::size_t count);

// As the Secretariat publishes it: about 1.5 KB an entry. `generated` is as 2017-06-20T19:04:40.335-04:00.
std::string invented_list(const std::vector<InventedEntry>& entries, const std::string& generated);

}  // namespace liaison
