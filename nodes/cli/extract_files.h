// SPDX-License-Identifier: Apache-2.0
// What is given to the public of an extract: extract.txt, the text and not a byte more; extract.json, what it is and
// its digest; proof.json, the message that carried it. Judged offline, each check under a name of its own; written
// whole or not at all. No state.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/cli/verify.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

inline constexpr const char* kExtractText = "extract.txt";
inline constexpr const char* kExtractAbout = "extract.json";
inline constexpr const char* kExtractProof = "proof.json";

struct ExtractFiles {
  std::string text, about, proof;
};
// kUnknown for a file that is not there, kSize.
Result<ExtractFiles> read_extract(const std::string& folder);
// The folder appears with all of its files, or not at all. kInput when it is there and not empty; kIo.
Result<void> write_extract(const std::string& folder, const ExtractFiles& files);

struct ExtractVerdict {
  std::vector<Check> checks;
  std::string about;    // the message, once its frame is read
  bool opened = false;  // the proof lets the record be read
  bool holds() const;
  std::string first_failure() const;
};
// Checks: extract.json, digest, proof, message, body, fields. A proof that is not opened leaves the last two with
// nothing to check.
ExtractVerdict verify_extract(const ExtractFiles& files, const std::optional<Hash>& fingerprint);

}  // namespace liaison
