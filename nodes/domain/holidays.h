// SPDX-License-Identifier: Apache-2.0
// Days on which the offices of a duty station are closed, as files say it: STATION-YEAR.csv, with the columns date, name and
// source, one row a holiday. Those beside this file are compiled in; a folder of one's own adds to them and wins over them. A
// year without a file is not known, and nobody guesses it. Holidays that each member of staff chooses ("floating") are working
// days of the office and stand in no file. Read at start; any thread reads it afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/result.h"

namespace liaison {

struct Holiday {
  std::int64_t day = 0;   // since 1970-01-01
  std::string name;       // "New Year's Day (observed)"
  std::string source;     // where it is published
};

struct HolidayFile {
  std::string name;             // "new_york-2017.csv (built in)", or its path
  std::vector<Holiday> days;    // by day, each once

  // Null when that day is none.
  const Holiday* on(std::int64_t day) const;
};

class Holidays {
 public:
  // What is compiled in alone.
  static Holidays built_in();
  // What is compiled in, and over it every .csv file of the folder. kUnknown when there is no such folder; kInput with file, line,
  // column and what to try for a name that is not STATION-YEAR.csv and for a wrong file; kIo. Other files are left alone.
  static Result<Holidays> with(const std::filesystem::path& folder);

  // One file, over one of the same station and year. `name` is STATION-YEAR.csv, `shown` what messages and deadlines call it.
  Result<void> add(std::string_view name, const std::string& shown, std::string_view text);

  // Null for a year that is not known.
  const HolidayFile* of(std::string_view station, int year) const;
  // The file that says it: "new_york-2018.csv".
  static std::string file_name(std::string_view station, int year);
  // Every day that is known, as text: the same text, the same days.
  std::string listed() const;

 private:
  std::map<std::pair<std::string, int>, HolidayFile> files_;
};

}  // namespace liaison
