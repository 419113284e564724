// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/extract_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nodes/cli/export_file.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "nodes/domain/extracts.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kTextBytesMax = 1 << 20;

Check holds_as(std::string name, std::string sentence) {
  return {std::move(name), Outcome::kHolds, std::move(sentence)};
}
Check failed(std::string name, std::string sentence) {
  return {std::move(name), Outcome::kFailed, std::move(sentence)};
}
Check not_reached(std::string name, const char* stands_on) {
  return {std::move(name), Outcome::kNotReached, fmt::format("stands on '{}', which does not hold", stands_on)};
}

Check about_check(const json& about) {
  const std::string name = kExtractAbout;
  if (!about.is_object() || cell_of(about, "format") != "liaison-extract/v1")
    return failed(name, "is no file of the format liaison-extract/v1");
  if (cell_of(about, "digest").size() != 64) return failed(name, "holds no digest of 64 hexadecimal digits");
  return holds_as(name, fmt::format("{}, revision {}: {}", cell_of(about, "id"), cell_of(about, "revision"),
                                    cell_of(about, "title")));
}

Check digest_check(const json& about, const std::string& text) {
  const std::string reckoned = extract_digest(text);
  if (cell_of(about, "digest") != reckoned)
    return failed("digest", fmt::format("{} is another text: its SHA-256 is {}", kExtractText, reckoned));
  return holds_as("digest", fmt::format("{} has the SHA-256 {}", kExtractText, reckoned));
}

Check proof_check(const Verdict& verdict) {
  if (!verdict.holds())
    return failed("proof",
                  fmt::format("the check '{}' of liaison verify {} fails", verdict.first_failure(), kExtractProof));
  for (const Check& check : verdict.checks) {
    if (check.name == "genesis fingerprint")
      return holds_as("proof", "every check of liaison verify holds; fingerprint: " + check.sentence);
  }
  return holds_as("proof", "every check of liaison verify holds");
}

Check message_check(const Verdict& verdict) {
  if (verdict.kind != kKindExtract)
    return failed("message", fmt::format("the proof is of a message of the kind {}", printable(verdict.kind, 64)));
  if (!verdict.accepted) return failed("message", "the message was logged and refused, so that nobody received it");
  return holds_as("message", "an extract, accepted and in the log");
}

Check body_check(const json& body, const json& about, const std::string& text) {
  if (cell_of(body, "id") != cell_of(about, "id") || cell_of(body, "revision") != cell_of(about, "revision"))
    return failed("body",
                  fmt::format("the message carried {}, revision {}", cell_of(body, "id"), cell_of(body, "revision")));
  if (cell_of(body, "text") != text)
    return failed("body", fmt::format("the message carried another text than {}", kExtractText));
  return holds_as("body", fmt::format("the message carried exactly {}", kExtractText));
}

Check fields_check(const json& body, const json& about) {
  const json carried = published_json(body);
  for (const auto& [name, value] : carried.items()) {
    if (about.value(name, json()) != value)
      return failed("fields", fmt::format("{} is not what the message carried", name));
  }
  if (about.size() != carried.size())
    return failed("fields", fmt::format("{} says more than the message carried", kExtractAbout));
  return holds_as("fields", fmt::format("{} says what the message carried", kExtractAbout));
}

Error not_written(const std::string& folder, const std::string& why) {
  return fail(Code::kIo, fmt::format("FOLDER: {} cannot be written: {}", printable(folder, 512), why),
              "look at its permissions and at the room on the disk");
}

Result<void> write_all(const fs::path& folder, const ExtractFiles& files) {
  TRY(write_export((folder / kExtractText).string(), view_of(files.text)));
  TRY(write_export((folder / kExtractAbout).string(), view_of(files.about)));
  return write_export((folder / kExtractProof).string(), view_of(files.proof));
}

}  // namespace

bool ExtractVerdict::holds() const {
  return std::none_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.outcome == Outcome::kFailed || check.outcome == Outcome::kNotReached;
  });
}

std::string ExtractVerdict::first_failure() const {
  const auto found =
      std::find_if(checks.begin(), checks.end(), [](const Check& check) { return check.outcome == Outcome::kFailed; });
  return found == checks.end() ? "" : found->name;
}

Result<ExtractFiles> read_extract(const std::string& folder) {
  const fs::path at = folder;
  ExtractFiles out;
  out.text = TRY(read_text((at / kExtractText).string(), kTextBytesMax));
  out.about = TRY(read_text((at / kExtractAbout).string(), kTextBytesMax));
  out.proof = TRY(read_text((at / kExtractProof).string(), kProofBytesMax));
  return out;
}

Result<void> write_extract(const std::string& folder, const ExtractFiles& files) {
  std::string name = folder;
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  std::error_code trouble;
  if (fs::exists(name, trouble) && !(fs::is_directory(name, trouble) && fs::is_empty(name, trouble)))
    return fail(Code::kInput, fmt::format("FOLDER: {} is there already", printable(name, 512)),
                "name a folder that is not there yet");
  const fs::path part = name + "." + random_request_id().substr(0, 8);
  if (!fs::create_directory(part, trouble)) return not_written(name, trouble.message());
  auto written = write_all(part, files);
  if (written) {
    fs::rename(part, name, trouble);
    if (!trouble) return {};
    written = not_written(name, trouble.message());
  }
  std::error_code ignored;
  fs::remove_all(part, ignored);
  return written;
}

ExtractVerdict verify_extract(const ExtractFiles& files, const std::optional<Hash>& fingerprint) {
  ExtractVerdict out;
  const json about = json::parse(files.about, nullptr, false);
  out.checks.push_back(about_check(about));
  const bool readable = out.checks.back().outcome == Outcome::kHolds;
  out.checks.push_back(readable ? digest_check(about, files.text) : not_reached("digest", kExtractAbout));
  const Verdict verdict = verify_proof(files.proof, fingerprint);
  out.about = verdict.about;
  out.checks.push_back(proof_check(verdict));
  const bool proved = out.checks.back().outcome == Outcome::kHolds;
  out.checks.push_back(proved ? message_check(verdict) : not_reached("message", "proof"));
  const json body = json::parse(verdict.opened, nullptr, false);
  for (const char* name : {"body", "fields"}) {
    if (!proved || !readable)
      out.checks.push_back(not_reached(name, proved ? kExtractAbout : "proof"));
    else if (verdict.opened.empty())
      out.checks.push_back(
          {name, Outcome::kNothing, "the proof is not opened: it shows that a message was sent, and not what it says"});
    else
      out.checks.push_back(name == std::string_view("body") ? body_check(body, about, files.text)
                                                            : fields_check(body, about));
  }
  out.opened = proved && !verdict.opened.empty();
  return out;
}

}  // namespace liaison
