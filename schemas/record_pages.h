// SPDX-License-Identifier: Apache-2.0
// Private to schemas/: the kinds' pages as flatc describes them, and the check that it makes for each; written by the build.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <string>
#include <vector>

namespace liaison {

struct RecordPage {
  std::string kind;
  const std::uint8_t* description;                       // reflection.fbs
  bool (*verifies)(flatbuffers::Verifier& verifier);     // structure and file identifier
};

const std::vector<RecordPage>& record_pages();

}  // namespace liaison
