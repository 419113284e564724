// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/notices.h"

#include <algorithm>

#include "schemas/message.h"

namespace liaison {
namespace {

// Where own receipts stand that were made after a row, in the order in which they were made; at most `limit`.
Result<std::vector<std::uint64_t>> own_receipts_after(Node& node, std::uint64_t row, std::uint64_t limit) {
  Statement* select = TRY(node.store().statement("SELECT id FROM messages WHERE own = 1 AND kind = 'receipt' AND id > ? ORDER BY id LIMIT ?"));
  select->bind(1, row).bind(2, limit);
  std::vector<std::uint64_t> out;
  while (TRY(select->step())) out.push_back(select->u64(0));
  return out;
}

constexpr std::uint64_t kPage = 64;

// Whether an own receipt says that this node took the message.
bool took(const MessageRow& row, const MessageId& message) {
  const auto view = parse_frame(row.frame);
  if (!view) return false;
  const auto covered = decode_receipt(view->body);
  return covered && std::any_of(covered->begin(), covered->end(), [&](const Covered& one) { return one.message_id == message &&
      one.verdict == Code::kAccepted; });
}

std::string why_not(const DeliveryRow& delivery) {
  if (!delivery.verdict) return "no delivery receipt of it is in the log";
  return "it has received the proposal and could not take it (" + std::string(code_sentence(static_cast<Code>(*delivery.verdict))) + ")";
}

}  // namespace

Result<void> add_own_notices(Node& node, Silence& silence) {
  const auto row = TRY(node.rows().find_index(silence.index));
  if (!row || row->message_id != silence.message) return {};
  for (const DeliveryRow& delivery : TRY(node.rows().deliveries(row->id))) {
    const auto notice = std::find_if(silence.notices.begin(), silence.notices.end(),
        [&](const SilenceNotice& one) { return one.committee == delivery.member; });
    if (notice == silence.notices.end()) continue;
    notice->left = delivery.verdict == kLeftTheRoster;
    if (delivery.verdict != 0) {
      notice->why_not = why_not(delivery);
      continue;
    }
    notice->at = delivery.at_ms;
    notice->index = delivery.receipt_index;
    const auto receipt = TRY(node.rows().find_index(delivery.receipt_index));
    if (receipt) notice->message = receipt->message_id;
  }
  return {};
}

// A message is answered soon after it came: the receipt is one of the first that were made since.
Result<std::optional<SilenceNotice>> own_receipt(Node& node, const MessageId& proposal, std::uint64_t proposal_index) {
  const auto proposed = TRY(node.rows().find_index(proposal_index));
  if (!proposed || proposed->message_id != proposal) return std::optional<SilenceNotice>();
  for (std::uint64_t after = proposed->id;;) {
    const auto rows = TRY(own_receipts_after(node, after, kPage));
    for (const std::uint64_t id : rows) {
      const auto receipt = TRY(node.rows().find_row(id));
      if (receipt && receipt->index && receipt->verdict == Code::kAccepted && took(*receipt, proposal))
        return std::optional(SilenceNotice{node.identity().member, receipt->accepted_ms, receipt->message_id, *receipt->index});
    }
    if (rows.size() < kPage) return std::optional<SilenceNotice>();
    after = rows.back();
  }
}

Result<void> keep_notice_of_this_node(Node& node, Silence& silence) {
  const MemberId& own = node.identity().member;
  std::erase_if(silence.notices, [&](const SilenceNotice& one) { return one.committee != own; });
  auto receipt = TRY(own_receipt(node, silence.message, silence.index));
  if (receipt) silence.notices = {std::move(*receipt)};
  return {};
}

void read_notices(const Record& certificate, Silence& silence) {
  const RecordField* field = certificate.kind->field("notified");
  silence.notices.clear();
  for (const RecordValue& one : certificate.value("notified").items) {
    SilenceNotice notice;
    for (std::size_t i = 0; field != nullptr && i < field->parts.size() && i < one.items.size(); ++i) {
      const RecordValue& value = one.items[i];
      const std::string& name = field->parts[i].name;
      if (name == "committee") notice.committee = MemberId::parse(value.text).value_or(MemberId());
      else if (name == "at") notice.at = parse_time(value.text);
      else if (name == "index") notice.index = value.number;
      else if (const auto bytes = from_hex(value.text); name == "message" && bytes) notice.message = array_from<MessageId>(*bytes).value_or(kZeroHash);
    }
    silence.notices.push_back(std::move(notice));
  }
}

}  // namespace liaison
