// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/words.h"

#include <algorithm>
#include <numeric>

namespace liaison {
namespace {

// U+00C0..U+017F without their accents; '.' keeps the letter as it is.
constexpr std::string_view kLatinBase =
    "aaaaaaaceeeeiiiidnooooo.ouuuuy.saaaaaaaceeeeiiiidnooooo.ouuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

// The base letter of a two-byte character of Latin-1 or Latin Extended-A; 0 when it has none.
char latin_base(unsigned char lead, unsigned char next) {
  const unsigned code = ((lead & 0x1fU) << 6U) | (next & 0x3fU);
  if (code < 0xC0 || code - 0xC0 >= kLatinBase.size()) return 0;
  const char base = kLatinBase[code - 0xC0];
  return base == '.' ? char{0} : base;
}

bool is_ascii_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (is_ascii_letter_or_digit(c)) {
      out += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (byte < 0x80) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if ((byte == 0xCC || byte == 0xCD) && i + 1 < text.size()) {
      ++i;  // a combining accent
    } else if (byte == 0xE2 && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) == 0x80) {
      i += 2;  // typographic quotes and dashes
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if (const char base = i + 1 < text.size() ? latin_base(byte, static_cast<unsigned char>(text[i + 1])) : char{0};
               byte >= 0xC3 && byte <= 0xC5 && base != 0) {
      out += base;
      ++i;
    } else {
      out += c;
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > most) return most + 1;
  std::vector<std::size_t> row(a.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t j = 1; j <= b.size(); ++j) {
    std::size_t diagonal = row[0];
    row[0] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[i];
      row[i] = std::min({row[i] + 1, row[i - 1] + 1, replaced});
    }
    if (*std::min_element(row.begin(), row.end()) > most) return most + 1;
  }
  return std::min(row[a.size()], most + 1);
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string wanted = folded(word.substr(0, 128));
  const std::size_t most = std::max<std::size_t>(2, wanted.size() / 3);
  std::size_t best = most + 1;
  std::string_view found;
  for (const auto candidate : candidates) {
    const std::string other = folded(candidate);
    const std::size_t distance = edit_distance(wanted, other, most);
    if (distance < best && distance < std::max(wanted.size(), other.size())) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

std::string comma_list(const std::vector<std::string_view>& items) {
  std::string out;
  for (const auto item : items) {
    if (!out.empty()) out += ", ";
    out += item;
  }
  return out;
}

std::string word_hint(std::string_view given, const std::vector<std::string_view>& words) {
  const auto near = nearest(given, words);
  return (near.empty() ? std::string() : "did you mean " + std::string(near) + "? ") + "one of " + comma_list(words);
}

}  // namespace liaison
