// SPDX-License-Identifier: Apache-2.0
// The proof file (`liaison-proof/v1`, nodes/api/README.md): one message with all that is needed to judge it offline.
// Reading checks form only; verify.h judges. Pure function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// Something at a place in the log: its leaf, and the path from there to the checkpoint's root.
struct Placed { std::uint64_t index = 0; Bytes leaf; std::vector<Hash> path; };
struct PlacedText { std::string text; Placed place; };     // a roster's note, a policy's file
struct PlacedFrame { Bytes frame; Placed place; };

struct ProofFile {
  std::string network;
  Hash genesis_sha256{};
  std::vector<PlacedText> rosters;
  std::vector<PlacedText> policies;
  PlacedFrame message;
  std::string checkpoint;
  std::optional<Bytes> content_key;
  std::vector<PlacedFrame> receipts;
};

inline constexpr std::size_t kProofBytesMax = 16 << 20;
// kProof naming the field for anything that is not exactly this format: unknown fields included.
Result<ProofFile> parse_proof(std::string_view text);

}  // namespace liaison
