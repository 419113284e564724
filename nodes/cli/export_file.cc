// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/export_file.h"

#include <filesystem>

#include "schemas/text.h"
#include "security/durable.h"

namespace liaison {

Result<ExportForm> export_form_of(const Invocation& typed, const std::string& what, bool has_days) {
  std::string word = typed.text("--format");
  if (word.empty()) {
    const std::string ending = std::filesystem::path(typed.text("FILE")).extension().string();
    word = ending.empty() ? "csv" : ending.substr(1);
  }
  if (word == "csv") return ExportForm::kCsv;
  if (word == "json") return ExportForm::kJson;
  if (word == "ics" && has_days) return ExportForm::kCalendar;
  const std::string forms = has_days ? "csv, json or ics" : "csv or json";
  if (word == "ics") return fail(Code::kUsage, what + " has no days for a calendar", forms);
  return fail(Code::kUsage, "'" + printable(word, 32) + "' is not a form of export", forms + ", by --format or by the ending of FILE");
}

Result<void> write_export(const std::string& file, View bytes) {
  std::error_code none;
  const auto status = std::filesystem::status(file, none);
  const bool there = !none && std::filesystem::is_regular_file(status);
  return write_durably(file, bytes, there ? static_cast<unsigned>(status.permissions()) & 0777U : 0600U);
}

}  // namespace liaison
