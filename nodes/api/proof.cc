// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/proof.h"

#include <nlohmann/json.hpp>

namespace liaison {

namespace {

using nlohmann::json;

// index, leaf and path of an entry, put into `out`.
Result<void> add_place(Node& node, json& out, std::uint64_t index, std::uint64_t size) {
  const Leaf leaf = TRY(node.mirror().leaf(index));
  json path = json::array();
  for (const Hash& hash : TRY(node.mirror().inclusion(index, size))) path.push_back(base64(hash));
  out["index"] = index;
  out["leaf"] = base64(encode_leaf(leaf));
  out["path"] = std::move(path);
  return {};
}

Result<json> acts_json(Node& node, LeafClass kind, const char* name, std::uint64_t size) {
  json out = json::array();
  for (const NodeStore::Act& act : TRY(node.store().acts())) {
    if (act.kind != kind || act.index >= size) continue;
    json one{{name, act.text}};
    TRY(add_place(node, one, act.index, size));
    out.push_back(std::move(one));
  }
  return out;
}

Result<json> receipts_json(Node& node, const MessageRow& row, std::uint64_t size) {
  json out = json::array();
  if (!row.own) return out;
  for (const DeliveryRow& delivery : TRY(node.rows().deliveries(row.id))) {
    if (!delivery.verdict || delivery.receipt_index == 0 || delivery.receipt_index >= size) continue;
    const auto receipt = TRY(node.rows().find_index(delivery.receipt_index));
    if (!receipt) continue;
    json one{{"frame", base64(receipt->frame)}};
    TRY(add_place(node, one, delivery.receipt_index, size));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

Result<json> proof_json(Node& node, const MessageRow& row, ContentKeyIn key) {
  if (!row.index) return fail(Code::kUnknown, "the log does not hold this message yet", "wait until it is accepted");
  const auto& covering = node.mirror().covering();
  if (!covering || covering->checkpoint.size <= *row.index)
    return fail(Code::kBusy, "this node has not fetched a checkpoint that covers the message yet", "try again in a moment");
  const std::uint64_t size = covering->checkpoint.size;
  json proof{{"format", "liaison-proof/v1"}, {"network", node.roster().network}, {"genesis_sha256", hex(node.identity().genesis())}};
  proof["rosters"] = TRY(acts_json(node, LeafClass::kRoster, "note", size));
  proof["policies"] = TRY(acts_json(node, LeafClass::kPolicy, "file", size));
  proof["frame"] = base64(row.frame);
  TRY(add_place(node, proof, *row.index, size));
  proof["checkpoint"] = covering->note;
  if (key == ContentKeyIn::kIncluded && !row.content_key.empty()) proof["content_key"] = base64(row.content_key);
  proof["receipts"] = TRY(receipts_json(node, row, size));
  return proof;
}

}  // namespace liaison
