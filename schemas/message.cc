// SPDX-License-Identifier: Apache-2.0
#include "schemas/message.h"

#include <schemas/header_generated.h>

#include <algorithm>

#include "schemas/flat.h"

namespace liaison {
namespace {

bool is_word(std::string_view text) {
  if (text.empty() || text.size() > 32) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; });
}

Error malformed(std::string what) { return fail(Code::kFormat, "header: " + std::move(what)); }

template <class Array>
bool read_array(const flatbuffers::Vector<std::uint8_t>* vector, Array& out) {
  const auto array = array_from<Array>(view_of(vector));
  if (array) out = *array;
  return array.has_value();
}

Result<std::vector<MemberId>> read_recipients(const fbs::Header& table, const MemberId& sender) {
  const auto& listed = *table.recipients();
  if (listed.size() == 0 || listed.size() > 32) return malformed("1 to 32 recipients");
  std::vector<MemberId> recipients;
  recipients.reserve(listed.size());
  for (const auto* text : listed) {
    auto id = MemberId::parse(text_of(text));
    if (!id) return malformed("a recipient is not an id");
    if (*id == sender) return malformed("the sender is among the recipients");
    if (!recipients.empty() && !(recipients.back() < *id)) return malformed("recipients are not sorted and unique");
    recipients.push_back(std::move(*id));
  }
  return recipients;
}

Result<void> read_scalars(const fbs::Header& table, Header& header) {
  header.sequence = table.sequence();
  header.created_at_ms = table.created_at_ms();
  header.not_after_ms = table.not_after_ms();
  header.roster_version = table.roster_version();
  header.seen_size = table.seen_size();
  header.suite = table.suite();
  if (header.sequence == 0 || header.created_at_ms == 0 || header.not_after_ms == 0 || header.roster_version == 0 || header.seen_size == 0) {
    return malformed("a number is zero");
  }
  for (const std::uint64_t number : {header.sequence, header.created_at_ms, header.not_after_ms, header.roster_version, header.seen_size}) {
    if (number > kWireNumberMax) return malformed("a number is out of range");
  }
  if (header.not_after_ms <= header.created_at_ms) return malformed("not_after is not later than created_at");
  if (header.suite != kSuitePlain && header.suite != kSuiteSealed) return malformed("the suite is unknown");
  return {};
}

}  // namespace

Bytes encode_header(const Header& header) {
  flatbuffers::FlatBufferBuilder builder(1024);
  std::vector<std::string> names;
  for (const auto& id : header.recipients) names.push_back(id.str());
  const auto commitment = header.key_commitment ? bytes_of(*header.key_commitment) : Bytes{};
  const std::vector<std::string> blobs(header.blob_count, "blob");
  const auto sender = builder.CreateString(header.sender.str());
  const auto schema = put_array(builder, header.schema_id);
  const auto kind = builder.CreateString(header.kind);
  const auto marking = builder.CreateString(header.marking);
  const auto recipients = builder.CreateVectorOfStrings(names);
  const auto previous = put_array(builder, header.previous);
  const auto policy = put_array(builder, header.policy_hash);
  const auto root = put_array(builder, header.seen_root);
  const auto nonce = put_array(builder, header.nonce);
  const auto reply = put_array(builder, header.in_reply_to);
  const auto key_commitment = builder.CreateVector(commitment);
  const auto blob_list = builder.CreateVectorOfStrings(blobs);
  builder.Finish(fbs::CreateHeader(builder, sender, schema, kind, marking, recipients, header.sequence, previous, header.created_at_ms,
                                   header.not_after_ms, header.roster_version, policy, header.seen_size, root, nonce, reply, header.suite,
                                   key_commitment, blob_list),
                 "LSNH");
  return finished(builder);
}

Result<Header> decode_header(View bytes) {
  if (bytes.size() > kHeaderBytesMax) return malformed("longer than 16 KiB");
  const Aligned copy(bytes);
  const auto* table = verified_root<fbs::Header>(copy, "LSNH");
  if (table == nullptr) return malformed("not a header");
  Header header;
  auto sender = MemberId::parse(text_of(table->sender()));
  if (!sender) return malformed("the sender is not an id");
  header.sender = std::move(*sender);
  header.kind = text_of(table->kind());
  header.marking = text_of(table->marking());
  if (!is_word(header.kind) || !is_word(header.marking) || header.marking.find('.') != std::string::npos) return malformed("kind or marking is not a word");
  header.recipients = TRY(read_recipients(*table, header.sender));
  TRY(read_scalars(*table, header));
  const bool arrays = read_array(table->schema_id(), header.schema_id) && read_array(table->previous(), header.previous) &&
                      read_array(table->policy_hash(), header.policy_hash) && read_array(table->seen_root(), header.seen_root) &&
                      read_array(table->nonce(), header.nonce) && read_array(table->in_reply_to(), header.in_reply_to);
  if (!arrays) return malformed("a hash or nonce has the wrong length");
  const View commitment = view_of(table->key_commitment());
  if (commitment.size() != (header.suite == kSuiteSealed ? 32U : 0U)) return malformed("the key commitment does not fit the suite");
  header.key_commitment = array_from<Hash>(commitment);
  header.blob_count = table->blobs()->size();
  if (header.blob_count != 0) return fail(Code::kBlob, "header: attachments are not part of this version");
  return header;
}

std::string flatbuffers_version() {
  return std::to_string(FLATBUFFERS_VERSION_MAJOR) + "." + std::to_string(FLATBUFFERS_VERSION_MINOR) + "." + std::to_string(FLATBUFFERS_VERSION_REVISION);
}

}  // namespace liaison
