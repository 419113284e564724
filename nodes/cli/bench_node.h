// SPDX-License-Identifier: Apache-2.0
// A committee's node inside the bench: the same heart, store and line to the broker as liaison-node, without its local API, driven by
// a thread of the bench. Numbers for other threads are atomics; everything else belongs to the node's thread.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "nodes/cli/bench_exchange.h"
#include "nodes/link.h"

namespace liaison {

using SteadyPoint = std::chrono::steady_clock::time_point;

// A line that leads nowhere: the node answers its officers from what it has.
class NoWire final : public ClientWire {
 public:
  bool send(View) override { return false; }
  std::optional<Bytes> receive() override { return std::nullopt; }
  bool connected() const override { return false; }
  std::uint64_t handshakes() const override { return 0; }
  std::string trouble() const override { return ""; }
  void reconnect() override {}
};

// The node of a member from its folder, as the bench configures it; no other may run on the folder. kStore.
Result<std::unique_ptr<Node>> open_bench_node(const BenchFolder& folder, const std::string& member);
// Messages a second that the views of a member's node are made anew from the stored frames of; no node may run on the folder. kStore.
Result<double> rebuilt_per_s(const BenchFolder& folder, const std::string& member);

// When each message was handed in, and how long it took to be stored and shown at the readers. Any thread.
class ShownTimes {
 public:
  void sent(const MessageId& id, SteadyPoint at);
  void shown(const MessageId& id, SteadyPoint at);
  // Milliseconds, sorted; empties the collection.
  std::vector<double> take();

 private:
  struct First8 { std::size_t operator()(const MessageId& id) const; };
  std::mutex mutex_;   // guards both
  std::unordered_map<MessageId, SteadyPoint, First8> sent_;
  std::vector<double> times_ms_;
};

class BenchNode {
 public:
  // Opens FOLDER's node of a member and starts its thread. `times` may be nullptr.
  static Result<std::unique_ptr<BenchNode>> start(const BenchFolder& folder, const std::string& member, ShownTimes* times);
  ~BenchNode();   // ends the thread

  // To be sent in all from now on, never more than `window` under way, and not before its turn when `per_second` is not 0. So many of them in turn are
  // `revisions` of one record.
  void send_up_to(std::uint64_t goal, std::size_t window, double per_second, std::uint64_t revisions = 1);
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t opened() const { return opened_; }
  std::uint64_t cursor() const { return cursor_; }
  bool linked() const { return linked_; }
  // Why the node stopped; empty while it runs.
  std::string trouble() const;

 private:
  BenchNode() = default;
  Result<void> open(const BenchFolder& folder, const std::string& member);
  void run();
  Result<void> step();
  Result<void> submit_due(Now now);
  void count(const NodeOutcome& outcome);

  MemberId member_;
  std::vector<MemberId> readers_;
  ShownTimes* times_ = nullptr;
  std::unique_ptr<ClientChannel> wire_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<Link> link_;
  SystemClock clock_;
  std::uint64_t submitted_ = 0;
  SteadyPoint paced_from_{};
  std::uint64_t paced_base_ = 0;   // how many were submitted before

  std::atomic<std::uint64_t> goal_{0}, accepted_{0}, opened_{0}, cursor_{0};
  std::atomic<std::size_t> window_{kUnacknowledged};
  std::atomic<std::uint64_t> revisions_{1};
  std::atomic<double> per_second_{0};
  std::atomic<bool> linked_{false}, stop_{false}, pace_anew_{false};
  mutable std::mutex mutex_;   // guards trouble_
  std::string trouble_;
  std::thread thread_;
};

}  // namespace liaison
