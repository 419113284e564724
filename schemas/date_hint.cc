// SPDX-License-Identifier: Apache-2.0
#include "schemas/date_hint.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "schemas/dates.h"

namespace liaison {
namespace {

constexpr std::size_t kTypedMax = 40, kPiecesMax = 4;
constexpr std::array<std::string_view, 12> kMonths = {"January", "February", "March", "April", "May", "June",
                                                      "July", "August", "September", "October", "November", "December"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "8th March, 2027" as 8th, March, 2027; nothing where anything else stands between than what dates are written with.
std::vector<std::string> pieces_of(std::string_view typed) {
  std::vector<std::string> pieces(1);
  for (const char c : typed) {
    if (is_digit(c) || is_letter(c)) pieces.back() += c;
    else if (std::string_view(" ./,-").find(c) == std::string_view::npos) return {};
    else if (!pieces.back().empty()) pieces.emplace_back();
  }
  if (pieces.back().empty()) pieces.pop_back();
  std::erase(pieces, "of");
  return pieces.size() < kPiecesMax ? pieces : std::vector<std::string>();
}

// "3" or "03" -> "03", "8th" -> "08"; "" for what is no day or month.
std::string two_digits(std::string piece) {
  if (piece.size() > 2 && std::all_of(piece.end() - 2, piece.end(), is_letter)) piece.resize(piece.size() - 2);
  if (piece.empty() || piece.size() > 2 || !std::all_of(piece.begin(), piece.end(), is_digit)) return "";
  return piece.size() == 1 ? "0" + piece : piece;
}

bool is_year(const std::string& piece) { return piece.size() == 4 && std::all_of(piece.begin(), piece.end(), is_digit); }

// "mar", "March" -> "03"; "" for another word.
std::string month_named(const std::string& piece) {
  if (piece.size() < 3 || !std::all_of(piece.begin(), piece.end(), is_letter)) return "";
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    const bool same = piece.size() <= kMonths[i].size() && std::equal(piece.begin(), piece.end(), kMonths[i].begin(), [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    });
    if (same) return two_digits(std::to_string(i + 1));
  }
  return "";
}

std::string in_words(std::string_view date) {
  const auto month = static_cast<std::size_t>((date[5] - '0') * 10 + date[6] - '0');
  return std::string(date.substr(date[8] == '0' ? 9 : 8)) + " " + std::string(kMonths[month - 1]);
}

void add(std::vector<std::string>& readings, const std::string& year, const std::string& month, const std::string& day) {
  const std::string date = year + "-" + month + (day == "-" ? "" : "-" + day);
  if (span_of(date) && std::find(readings.begin(), readings.end(), date) == readings.end()) readings.push_back(date);
}

std::vector<std::string> readings_of(const std::vector<std::string>& pieces) {
  std::vector<std::string> out;
  if (pieces.size() == 1 && pieces[0].size() == 8) add(out, pieces[0].substr(0, 4), pieces[0].substr(4, 2), pieces[0].substr(6));
  if (pieces.size() < 2) return out;
  const bool year_first = is_year(pieces.front());
  const std::string& year = year_first ? pieces.front() : pieces.back();
  if (!is_year(year)) return out;
  const std::string& a = pieces[year_first ? 1 : 0];
  const std::string named = month_named(a);
  if (pieces.size() == 2) {
    add(out, year, named.empty() ? two_digits(a) : named, "-");
    return out;
  }
  const std::string& b = pieces[year_first ? 2 : 1];
  if (!named.empty()) add(out, year, named, two_digits(b));
  else if (const std::string month = month_named(b); !month.empty()) add(out, year, month, two_digits(a));
  else if (year_first) add(out, year, two_digits(a), two_digits(b));   // nobody writes the year, the day and then the month
  else add(out, year, two_digits(b), two_digits(a)), add(out, year, two_digits(a), two_digits(b));
  return out;
}

}  // namespace

std::string date_hint(std::string_view typed, std::string otherwise) {
  const auto readings = typed.size() > kTypedMax ? std::vector<std::string>() : readings_of(pieces_of(typed));
  if (readings.empty() || readings.front() == typed) return otherwise;
  if (readings.size() == 1) return "write it as " + readings[0];
  return "which day is meant? write " + readings[0] + " for " + in_words(readings[0]) + ", or " + readings[1] + " for " + in_words(readings[1]);
}

}  // namespace liaison
