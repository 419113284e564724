// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/holidays.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "nodes/domain/csv.h"
#include "nodes/domain/stations.h"
#include "nodes/domain/words.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

struct BuiltIn { std::string_view name, text; };
constexpr BuiltIn kBuiltIn[] = {
#include "nodes/holidays.inc"
};

constexpr std::size_t kFileBytesMax = 65536, kTextBytesMax = 256;
constexpr std::array<std::string_view, 3> kColumns = {"date", "name", "source"};
constexpr std::string_view kForm = "the first line is date,name,source; then one holiday a line, such as 2018-12-25,Christmas Day,ST/IC/2017/33";

using Key = std::pair<std::string, int>;

// "new_york-2018.csv" -> its station and year.
Result<Key> key_of(std::string_view name) {
  const auto wrong = [name](const std::string& what, std::string hint) {
    return fail(Code::kInput, "'" + std::string(name) + "': " + what, std::move(hint));
  };
  const std::string_view stem = name.substr(0, name.size() - std::min<std::size_t>(4, name.size()));
  const auto dash = stem.rfind('-');
  if (!name.ends_with(".csv") || dash == std::string_view::npos || !parse_date(std::string(stem.substr(dash + 1)) + "-01-01")) {
    return wrong("the name of a file of holidays is STATION-YEAR.csv", "name it for its station and year, such as new_york-2018.csv");
  }
  const auto words = station_words();
  const auto station = stem.substr(0, dash);
  if (std::find(words.begin(), words.end(), station) == words.end()) {
    return wrong("'" + std::string(station) + "' is no duty station", word_hint(station, words));
  }
  return Key{station, std::stoi(std::string(stem.substr(dash + 1)))};
}

Result<std::array<std::size_t, 3>> columns_of(const CsvFile& file) {
  std::array<std::size_t, 3> at{};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = std::find(file.heads.begin(), file.heads.end(), kColumns[i]);
    if (found == file.heads.end()) return fail(Code::kInput, "line 1: the column '" + std::string(kColumns[i]) + "' is missing", std::string(kForm));
    at[i] = static_cast<std::size_t>(found - file.heads.begin());
  }
  if (file.heads.size() != kColumns.size()) return fail(Code::kInput, "line 1: there are more columns than date, name and source", std::string(kForm));
  return at;
}

Result<std::string> text_cell(const std::string& cell, std::string_view column) {
  if (cell.empty()) return fail(Code::kInput, std::string(column) + ": is empty", std::string(kForm));
  if (const auto good = check_text(cell, kTextBytesMax, Lines::kOne); !good) return within(std::string(column), good.error());
  return cell;
}

Result<Holiday> holiday_of(const CsvRow& row, const std::array<std::size_t, 3>& at, int year) {
  if (row.cells.size() != kColumns.size()) {
    return fail(Code::kInput, "the row has " + std::to_string(row.cells.size()) + " cells and must have 3", "put a text that has a comma in quotes");
  }
  Holiday holiday;
  holiday.day = TRY(parse_day(row.cells[at[0]], "date"));
  if (year_of_day(holiday.day) != year) {
    return fail(Code::kInput, "date: " + row.cells[at[0]] + " is not in " + std::to_string(year), "put it into the file of its own year");
  }
  holiday.name = TRY(text_cell(row.cells[at[1]], "name"));
  holiday.source = TRY(text_cell(row.cells[at[2]], "source"));
  return holiday;
}

Result<std::vector<Holiday>> read_rows(std::string_view text, int year) {
  const CsvFile file = TRY(parse_csv(text));
  const auto at = TRY(columns_of(file));
  std::vector<Holiday> days;
  for (const auto& row : file.rows) {
    auto holiday = holiday_of(row, at, year);
    const std::string line = "line " + std::to_string(row.line);
    if (!holiday) return within(line, holiday.error());
    if (std::any_of(days.begin(), days.end(), [&holiday](const Holiday& one) { return one.day == holiday->day; })) {
      return fail(Code::kInput, line + ": date: " + row.cells[at[0]] + " stands twice", "leave one of the two rows out");
    }
    days.push_back(std::move(*holiday));
  }
  if (days.empty()) return fail(Code::kInput, "no holiday stands in it", std::string(kForm));
  std::sort(days.begin(), days.end(), [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
  return days;
}

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() || in.bad()) {
    if (in.gcount() > 0) return fail(Code::kInput, file.string() + ": is larger than 64 KiB", "a year has some ten holidays: check what the file is");
    return fail(Code::kIo, file.string() + ": cannot be read", "check that it is a file and who may read it");
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

const Holiday* HolidayFile::on(std::int64_t day) const {
  const auto at = std::lower_bound(days.begin(), days.end(), day, [](const Holiday& one, std::int64_t wanted) { return one.day < wanted; });
  return at != days.end() && at->day == day ? &*at : nullptr;
}

Holidays Holidays::built_in() {
  Holidays all;
  for (const auto& file : kBuiltIn) {
    const auto added = all.add(file.name, std::string(file.name) + " (built in)", file.text);
    CHECK(added.has_value());
  }
  return all;
}

Result<Holidays> Holidays::with(const std::filesystem::path& folder) {
  Holidays all = built_in();
  std::error_code trouble;
  if (!std::filesystem::is_directory(folder, trouble)) {
    return fail(Code::kUnknown, "there is no folder " + folder.string(), "name the folder that holds the files of holidays, STATION-YEAR.csv");
  }
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator at(folder, trouble), end; !trouble && at != end; at.increment(trouble)) {
    if (at->path().extension() == ".csv") files.push_back(at->path());
  }
  if (trouble) return fail(Code::kIo, folder.string() + " cannot be read: " + trouble.message(), "check who may read it");
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const std::string text = TRY(read_file(file));
    TRY(all.add(file.filename().string(), file.string(), text));
  }
  return all;
}

Result<void> Holidays::add(std::string_view name, const std::string& shown, std::string_view text) {
  auto key = TRY(key_of(name));
  auto days = read_rows(text, key.second);
  if (!days) return within(shown, days.error());
  files_[std::move(key)] = {shown, std::move(*days)};
  return {};
}

const HolidayFile* Holidays::of(std::string_view station, int year) const {
  const auto found = files_.find({std::string(station), year});
  return found == files_.end() ? nullptr : &found->second;
}

std::string Holidays::listed() const {
  std::string out;
  for (const auto& [of, file] : files_) {
    out += of.first + " " + std::to_string(of.second) + ":";
    for (const Holiday& one : file.days) out += " " + std::to_string(one.day);
    out += "\n";
  }
  return out;
}

std::string Holidays::file_name(std::string_view station, int year) { return std::string(station) + "-" + std::to_string(year) + ".csv"; }

}  // namespace liaison
