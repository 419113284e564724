// SPDX-License-Identifier: Apache-2.0
#include "nodes/mirror.h"

#include <algorithm>

namespace liaison {

namespace {

constexpr std::size_t kPromisesMax = 64;
constexpr std::size_t kRootsMax = 4096;

Error does_not_connect(const std::string& what) {
  return fail(Code::kCheckpoint, what, "keep the evidence, tell the other members, and do not delete this node's data");
}

std::string sized(std::uint64_t size) { return "the checkpoint of " + std::to_string(size) + " entries"; }

}  // namespace

Mirror::Mirror(NodeStore& store, VerifierKey log_key) : store_(store), log_key_(std::move(log_key)), tree_(source()) {}

Tree::LeafSource Mirror::source() {
  return [this](std::uint64_t first) { return store_.leaf_hashes(first, 256); };
}

Result<void> Mirror::load() {
  tree_ = Tree(source());
  roots_.clear();
  promised_.clear();
  contradicted_.reset();
  seen_.reset();
  covering_.reset();
  for (;;) {
    const auto hashes = TRY(store_.leaf_hashes(tree_.size(), 4096));
    for (const Hash& hash : hashes) tree_.append(hash);
    if (hashes.size() < 4096) break;
  }
  newest_ms_ = tree_.size() == 0 ? 0 : TRY(leaf(tree_.size() - 1)).accept_time_ms;
  for (auto* kept : {&seen_, &covering_}) {
    const auto note = TRY(store_.fact(kept == &seen_ ? "checkpoint.seen" : "checkpoint.covering"));
    if (note) *kept = Signed{TRY(open(std::string(text_of(*note)))), std::string(text_of(*note))};
  }
  if (!covering_) return {};
  const auto& [size, root] = std::pair(covering_->checkpoint.size, covering_->checkpoint.root);
  if (tree_.size() < size || TRY(tree_.root(size)) != root)
    return fail(Code::kStore, "the mirrored leaves in node.db do not give the root of the checkpoint kept beside them",
                "restore node.db from a copy; what is missing is fetched again");
  return {};
}

Result<Checkpoint> Mirror::open(const std::string& note) {
  if (last_opened_ && last_opened_->note == note) return last_opened_->checkpoint;
  Checkpoint checkpoint = TRY(open_checkpoint(note, log_key_));
  last_opened_ = Signed{checkpoint, note};
  return checkpoint;
}

Result<void> Mirror::extend(const std::vector<Item>& items, const Signed& signed_checkpoint, const std::vector<Hash>& consistency) {
  const std::uint64_t before = tree_.size();
  contradicted_.reset();
  for (const Item& item : items) tree_.append(leaf_hash(item.leaf));
  auto connected = check_connection(signed_checkpoint.checkpoint, consistency);
  if (connected) connected = check_promises(before);
  if (!connected) {
    TRY(tree_.truncate(before));
    return connected;
  }
  if (items.empty() && seen_ && seen_->note == signed_checkpoint.note) return {};
  TRY(store_.begin());
  for (std::size_t i = 0; i < items.size(); ++i) TRY(store_.add_leaf(before + i, items[i].leaf));
  if (!items.empty()) newest_ms_ = TRY(decode_leaf(items.back().leaf)).accept_time_ms;
  return keep(signed_checkpoint);
}

Result<void> Mirror::check_connection(const Checkpoint& checkpoint, const std::vector<Hash>& consistency) {
  const std::uint64_t end = tree_.size();
  if (checkpoint.size < end) return does_not_connect(sized(checkpoint.size) + " is older than the entries that came with it");
  if (seen_ && checkpoint.size < seen_->checkpoint.size)
    return does_not_connect("the broker now shows " + std::to_string(checkpoint.size) + " entries and has shown and signed " +
                            std::to_string(seen_->checkpoint.size) + " before: its log was rolled back");
  TRY(check_twins(checkpoint));
  const Hash root = TRY(tree_.root());
  if (checkpoint.size == end ? checkpoint.root != root : !consistency_holds(end, checkpoint.size, root, checkpoint.root, consistency))
    return does_not_connect(sized(checkpoint.size) + " does not connect to the " + std::to_string(end) +
                            " entries this node holds: the broker shows two histories");
  return {};
}

// Two checkpoints of one size and two roots are proof by themselves, also beyond this mirror's end.
Result<void> Mirror::check_twins(const Checkpoint& checkpoint) {
  const auto is_twin = [&](const Signed& other) { return other.checkpoint.size == checkpoint.size && other.checkpoint.root != checkpoint.root; };
  const auto promise = std::find_if(promised_.begin(), promised_.end(), is_twin);
  if (promise != promised_.end()) contradicted_ = *promise;
  else if (seen_ && is_twin(*seen_)) contradicted_ = seen_;
  else return {};
  return does_not_connect("the broker has signed two checkpoints of " + std::to_string(checkpoint.size) + " entries with different roots");
}

Result<void> Mirror::check_promises(std::uint64_t before) {
  for (const Signed& promise : promised_) TRY(check_promise(promise));
  return seen_ && seen_->checkpoint.size > before ? check_promise(*seen_) : Result<void>{};
}

Result<void> Mirror::check_promise(const Signed& promise) {
  if (promise.checkpoint.size > tree_.size() || TRY(tree_.root(promise.checkpoint.size)) == promise.checkpoint.root) return {};
  contradicted_ = promise;
  return does_not_connect(sized(promise.checkpoint.size) + " that the broker signed before is not of the log that was fetched: it shows two histories");
}

Bytes Mirror::own_evidence() const {
  const auto& note = contradicted_ ? contradicted_ : seen_;
  return note ? bytes_of(view_of(note->note)) : Bytes{};
}

Result<void> Mirror::keep(const Signed& signed_checkpoint) {
  std::erase_if(promised_, [&](const Signed& promise) { return promise.checkpoint.size <= tree_.size(); });
  if (!seen_ || seen_->note != signed_checkpoint.note) {
    if (seen_ && seen_->checkpoint.size > tree_.size()) remember(*seen_);
    seen_ = signed_checkpoint;
    TRY(store_.set_fact("checkpoint.seen", view_of(signed_checkpoint.note)));
  }
  if (signed_checkpoint.checkpoint.size != tree_.size()) return {};
  covering_ = signed_checkpoint;
  return store_.set_fact("checkpoint.covering", view_of(signed_checkpoint.note));
}

Result<void> Mirror::promise(const Signed& signed_checkpoint) {
  const Checkpoint& checkpoint = signed_checkpoint.checkpoint;
  if (checkpoint.size <= tree_.size()) {
    contradicted_.reset();
    if (TRY(agrees(checkpoint.size, checkpoint.root))) return {};
    return does_not_connect(sized(checkpoint.size) + " that came with an acceptance does not connect to the entries this node holds");
  }
  TRY(check_twins(checkpoint));
  remember(signed_checkpoint);
  return {};
}

std::optional<Mirror::Signed> Mirror::promised() const {
  const auto smaller = [](const Signed& a, const Signed& b) { return a.checkpoint.size < b.checkpoint.size; };
  const auto largest = std::max_element(promised_.begin(), promised_.end(), smaller);
  return largest == promised_.end() ? std::nullopt : std::optional(*largest);
}

// Beyond the bound the oldest stay, whose turn comes first, and the newest.
void Mirror::remember(const Signed& beyond) {
  if (std::any_of(promised_.begin(), promised_.end(), [&](const Signed& other) { return other.checkpoint == beyond.checkpoint; })) return;
  if (promised_.size() == kPromisesMax) promised_.back() = beyond;
  else promised_.push_back(beyond);
}

Result<bool> Mirror::agrees(std::uint64_t size, const Hash& root) {
  if (size == 0) return true;
  if (size > tree_.size()) return false;
  if (const auto known = roots_.find(size); known != roots_.end()) return known->second == root;
  const Hash own = TRY(tree_.root(size));
  if (roots_.size() >= kRootsMax) roots_.clear();
  roots_.emplace(size, own);
  return own == root;
}

}  // namespace liaison
