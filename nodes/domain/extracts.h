// SPDX-License-Identifier: Apache-2.0
// What leaves for the public (S/RES/1977 (2011) 20): a text put together from records, field by field as an officer
// chose. Nothing else of a record stands in it; what was left out is named and not said. Pure functions over the API's
// JSON of visits and records; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "schemas/record.h"
#include "schemas/result.h"

namespace liaison {

inline constexpr std::string_view kKindExtract = "extract";
inline constexpr std::size_t kExtractRecordsMax = 256;

struct ExtractSource {
  nlohmann::json record;            // as the API shows it
  std::vector<std::string> fields;  // by name; none: those of safe_fields
};
// "1540-V-2027-0001:title,days": the record and the fields that are named behind it. kInput.
struct ExtractChoice {
  std::string record;
  std::vector<std::string> fields;
};
Result<ExtractChoice> parse_extract_choice(const std::string& text);

// What is released of a kind ("visit" too) when no field was named: its title, States, days and the like. Empty for a
// kind of which nothing is.
const std::vector<std::string>& safe_fields(const std::string& kind);

// The fields of an extract by `owner`: title, States, releases, text, left_out, languages, consents, digest. kInput
// naming the record, for one that is marked for named committees, was recalled, is only queued, is itself an extract,
// or has no such field or says nothing there; for fields that never leave (whom to call, notes, sources, signatures);
// for another language than English, in which the text is put together. kNotOwner for another committee's record.
Result<nlohmann::json> extract_fields(const std::string& owner, const std::string& title, const std::string& language,
                                      const std::vector<ExtractSource>& sources);

// SHA-256 of the text, in hexadecimal.
std::string extract_digest(std::string_view text);
// kInput for an extract whose digest is there and is not that of its text.
Result<void> check_digest(const Record& extract);

// What is written beside the text of an extract, and nothing that does not stand in it: id, revision, title, paragraph,
// languages, releases by record and revision, digest, decision, days. `record` as the API shows it, or as a proof's
// body was read.
nlohmann::json published_json(const nlohmann::json& record);
// The fields that the whole record says besides: [{"field", "value"}].
nlohmann::json revealed_json(const nlohmann::json& record);

}  // namespace liaison
