// SPDX-License-Identifier: Apache-2.0
#include "broker/entry.h"

#include <algorithm>

#include "schemas/message.h"
#include "security/frame.h"
#include "security/hash.h"
#include "security/note.h"

namespace liaison {

namespace {

Error damaged(const Entry& entry, std::string_view what) {
  return fail(Code::kStore, place_of(entry.leaf.index) + ": " + std::string(what),
              "run liaison-broker --fsck, and restore the folder from its last good copy");
}

Result<void> read_frame(Entry& entry) {
  if (sha256(entry.body) != entry.leaf.hash) return damaged(entry, "the stored frame does not have the hash of its leaf");
  const auto frame = parse_frame(entry.body);
  if (!frame) return damaged(entry, "the stored bytes are no frame");
  auto header = decode_header(frame->header);
  if (!header) return damaged(entry, "the stored frame has no readable header");
  if (frame->key_id != entry.key_id || header->sequence != entry.sequence) {
    return damaged(entry, "the stored frame is not the one its row names");
  }
  entry.sender = std::move(header->sender);
  entry.kind = std::move(header->kind);
  entry.recipients = std::move(header->recipients);
  return {};
}

Result<void> read_roster(const Entry& entry) {
  const auto note = parse_note(text_of(entry.body));
  if (!note || note->text_hash() != entry.leaf.hash) {
    return damaged(entry, "the stored roster does not have the hash of its leaf");
  }
  return {};
}

}  // namespace

bool Entry::due_to(const MemberId& member) const {
  if (!is_frame() || sender == member) return true;
  return leaf.verdict == Code::kAccepted && std::binary_search(recipients.begin(), recipients.end(), member);
}

Result<void> check_entry(Entry& entry) {
  switch (entry.leaf.leaf_class) {
    case LeafClass::kFrame: return read_frame(entry);
    case LeafClass::kRoster: return read_roster(entry);
    case LeafClass::kPolicy:
    case LeafClass::kOperatorAct:
    case LeafClass::kTombstone: break;
  }
  if (sha256(entry.body) != entry.leaf.hash) return damaged(entry, "the stored bytes do not have the hash of their leaf");
  return {};
}

std::string place_of(std::uint64_t index) { return "entry " + std::to_string(index); }

}  // namespace liaison
