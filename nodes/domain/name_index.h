// SPDX-License-Identifier: Apache-2.0
// Names, and what each may stand for: several names of one thing, and one name of several things. Names are compared without
// case, accents, articles and order, so that "Korea, Republic of", "Korea (Republic of)" and "the Republic of Korea" are one.
// Filled once, then only read; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace liaison {

// What a name is looked up by: its folded words in alphabetic order without articles and small words (the, of, and; their
// like in French, Spanish, Russian and Arabic), "St." as "saint". A name of small words alone keeps them: "LA" is a code.
std::string name_key(std::string_view name);

class NameIndex {
 public:
  // How well a name is borne: where two things bear one, the better bearer has it alone. A code is never the nearest name.
  enum class Claim : unsigned char { kCode, kOwn, kListed, kFormer };

  // With room for that many names, and for more.
  explicit NameIndex(std::size_t names);

  // `name` may stand for the thing of that number. Adding it twice is adding it once.
  void add(std::string_view name, std::size_t thing, Claim claim);
  // All that a name may stand for, in the order in which it was added; empty for an unknown name.
  std::vector<std::size_t> find(std::string_view name) const;
  // The known name that a slip most likely meant; empty when none is near. Of equally near ones the one added first. A known
  // name to which only a word such as Republic, Kingdom or Islands was added is the nearest.
  std::string_view nearest(std::string_view name) const;

 private:
  struct Bearer { std::size_t thing; Claim claim; };

  std::unordered_map<std::string, std::vector<Bearer>> bearers_;  // by key
  std::vector<std::string> spoken_;                               // folded, words in the order in which they are spoken
};

}  // namespace liaison
