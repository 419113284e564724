// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "nodes/cli/bench_files.h"
#include "nodes/cli/bench_limits.h"
#include "nodes/cli/bench_list.h"
#include "nodes/cli/bench_node.h"
#include "nodes/cli/bench_receiver.h"
#include "nodes/cli/bench_records.h"
#include "nodes/cli/bench_text.h"
#include "nodes/cli/bench_visits.h"
#include "security/secret.h"

namespace liaison {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Say = std::function<void(const std::string&)>;

double since(SteadyPoint start) { return std::chrono::duration<double>(SteadyClock::now() - start).count(); }

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

// The six nodes and their broker, and what the phases measure on them.
class Bench {
 public:
  Bench(BenchPlan plan, Say say) : plan_(std::move(plan)), say_(std::move(say)) {}
  ~Bench() {
    nodes_.clear();
    broker_.reset();
    std::error_code ignored;
    if (made_) std::filesystem::remove_all(plan_.folder, ignored);
  }

  Result<std::vector<Figure>> run() {
    TRY(limits());
    if (plan_.visits_only || plan_.text_only || plan_.records_only) {
      if (plan_.visits_only) TRY(pages());
      if (plan_.text_only) TRY(searches());
      if (plan_.records_only) TRY(records());
      return std::move(figures_);
    }
    TRY(list());
    TRY(start());
    if (plan_.connectors_only) {
      TRY(throughput());
      TRY(receiver());
      TRY(connectors());
      return std::move(figures_);
    }
    TRY(one_by_one());
    TRY(paced());
    TRY(throughput());
    TRY(absence());
    TRY(receiver());
    TRY(restart());
    TRY(rebuild());
    TRY(pages());
    TRY(searches());
    TRY(records());
    TRY(connectors());
    return std::move(figures_);
  }

 private:
  void figure(std::string key, std::string what, std::string unit, double value) {
    figures_.push_back({std::move(key), std::move(what), std::move(unit), value, 0, Figure::Side::kInforms, ""});
  }
  void figure(std::string key, std::string what, std::string unit, double value, Figure::Side side, double bound, std::string goal) {
    figures_.push_back({std::move(key), std::move(what), std::move(unit), value, bound, side, std::move(goal)});
  }

  Result<void> limits() {
    say_("the machine's limits: signatures, sealing, the disk's sync, a bare connection");
    crypto_ = measure_crypto(plan_.limits_s);
    folder_ = TRY(make_bench_folder(plan_.folder));
    made_ = true;
    sync_us_ = TRY(measure_sync_us(plan_.folder, 1000));
    round_trip_us_ = TRY(measure_round_trip_us(2000));
    figure("check_per_s_core", "bare signature checks, one core", "1/s", crypto_.check_per_s_core);
    figure("open_per_s_core", "bare checks and openings, one core", "1/s", crypto_.open_per_s_core);
    figure("crypto_limit_per_s", fmt::format("limit: messages that {} cores could carry with their cryptography alone", crypto_.cores), "1/s",
           crypto_.crypto_limit_per_s);
    figure("sync_us_p50", "sync of this disk", "us", sync_us_);
    figure("round_trip_us_p50", "bare CURVE round trip of 1 KiB", "us", round_trip_us_);
    return {};
  }

  // A machine's speed drifts: the limits that the goals are ratios of are measured on both sides of the phase that they bound.
  void limits_again() {
    say_("the machine's limits once more");
    wait_for_rest();
    const CryptoLimits later = measure_crypto(plan_.limits_s);
    const auto mean = [this](const char* key, double& value, double again) {
      value = (value + again) / 2;
      std::find_if(figures_.begin(), figures_.end(), [&](const Figure& one) { return one.key == key; })->value = value;
    };
    mean("check_per_s_core", crypto_.check_per_s_core, later.check_per_s_core);
    mean("open_per_s_core", crypto_.open_per_s_core, later.open_per_s_core);
    mean("crypto_limit_per_s", crypto_.crypto_limit_per_s, later.crypto_limit_per_s);
  }

  // The last receipts are still on their way; they would make the limits look lower than they are.
  void wait_for_rest() {
    for (int i = 0; i < 50; ++i) {
      const double before = broker_->cpu_seconds();
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      if (broker_->cpu_seconds() - before < 0.015) return;
    }
  }

  Result<void> start() {
    say_("starting a broker and six nodes: A, B, C send; X, Y, Z read");
    broker_.emplace(TRY(BenchBroker::start(plan_.programs / "liaison-broker", folder_)));
    TRY(broker_->apply(folder_));
    for (const auto& member : kBenchSenders) TRY(start_node(member));
    for (const auto& member : kBenchReaders) TRY(start_node(member));
    return wait_for("the nodes to reach the broker", 30, [this] {
      return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& one) { return one.second->linked(); });
    });
  }

  Result<void> start_node(const std::string& member) {
    nodes_[member] = TRY(BenchNode::start(folder_, member, &times_));
    return {};
  }

  template <class Done>
  Result<void> wait_for(const std::string& what, double seconds_max, Done done) {
    const auto start = SteadyClock::now();
    while (!done()) {
      for (const auto& [member, node] : nodes_) {
        if (auto trouble = node->trouble(); !trouble.empty()) return fail(Code::kInternal, "a node stopped: " + trouble);
      }
      if (since(start) > seconds_max)
        return fail(Code::kInternal, fmt::format("gave up after {:.0f} s waiting for {}: {}", seconds_max, what, where_all_are()));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return {};
  }

  std::string where_all_are() const {
    std::string text = fmt::format("{} sent", sent_);
    for (const auto& [member, node] : nodes_)
      text += fmt::format("; {} accepted {} opened {} cursor {}", member, node->accepted(), node->opened(), node->cursor());
    return text;
  }

  std::uint64_t accepted() const {
    std::uint64_t all = 0;
    for (const auto& member : kBenchSenders) all += nodes_.at(member)->accepted();
    return all;
  }
  // What every reader that runs has opened.
  std::uint64_t delivered() const {
    std::uint64_t least = UINT64_MAX;
    for (const auto& member : kBenchReaders) {
      const auto found = nodes_.find(member);
      if (found != nodes_.end()) least = std::min(least, found->second->opened());
    }
    return least;
  }

  Result<void> one_by_one() {
    say_(fmt::format("one sender, one message in flight: {} messages", plan_.one_by_one));
    const auto start = SteadyClock::now();
    TRY(send("A", plan_.one_by_one, 1, 0));
    TRY(wait_for("one-by-one messages", 120, [this] { return accepted() == sent_; }));
    const double per_s = static_cast<double>(plan_.one_by_one) / since(start);
    const double least = 1e6 / (3 * (3 * sync_us_ + round_trip_us_));
    figure("one_in_flight_per_s", "one sender, one in flight, accepted", "1/s", per_s, Figure::Side::kAtLeast, least,
           "3 x (three syncs + one round trip) a message");
    return wait_for("one-by-one messages to be opened", 60, [this] { return delivered() == sent_; });
  }

  Result<void> paced() {
    say_(fmt::format("100 messages a second: {} messages", plan_.paced));
    times_.take();
    TRY(send("A", plan_.paced, 32, 100));
    TRY(wait_for("paced messages", 60 + static_cast<double>(plan_.paced) / 100, [this] { return delivered() == sent_; }));
    const auto times = times_.take();
    const double most = 3 * (3 * sync_us_ + round_trip_us_) / 1000;
    figure("shown_ms_p50", "from send to shown at a reader, 100 a second: p50", "ms", percentile(times, 0.5));
    figure("shown_ms_p99", "p99", "ms", percentile(times, 0.99));
    figure("shown_ms_p999", fmt::format("p99.9 (three syncs and a round trip, three times: {:.2f} ms)", most), "ms", percentile(times, 0.999));
    return {};
  }

  Result<void> throughput() {
    say_(fmt::format("three senders, three readers: {} messages, at most {} of each sender unacknowledged", plan_.messages, kBenchUnacknowledged));
    const auto stages = broker_->cpu_by_stage();
    const double cpu = broker_->cpu_seconds();
    const auto before = sent_;
    const auto start = SteadyClock::now();
    TRY(send_all());
    TRY(wait_for("messages to be accepted", 900, [this] { return accepted() == sent_; }));
    const double accepted_s = since(start);
    TRY(wait_for("messages to be opened", 900, [this] { return delivered() == sent_; }));
    const double delivered_s = since(start);
    const double count = static_cast<double>(sent_ - before);
    const double per_100k = (broker_->cpu_seconds() - cpu) / count * 100'000;
    const auto stages_after = broker_->cpu_by_stage();
    limits_again();
    accepted_per_s_ = count / accepted_s;
    figure("accepted_per_s", "accepted, 3 senders and 3 readers", "1/s", count / accepted_s);
    figure("delivered_per_s", "delivered and opened at all three readers", "1/s", count / delivered_s, Figure::Side::kAtLeast,
           0.6 * crypto_.crypto_limit_per_s, "0.6 of the limit");
    figure("broker_cpu_s_100k", "broker CPU for 100,000 messages, I/O threads included", "s", per_100k, Figure::Side::kAtMost,
           2.5 * 100'000 / crypto_.check_per_s_core, "2.5 bare checks a message");
    for (const auto& [stage, seconds] : stages_after) {
      const auto was = stages.find(stage);
      figure("broker_cpu_" + stage + "_s_100k", "  of which the loop's " + stage, "s", (seconds - (was == stages.end() ? 0 : was->second)) / count * 100'000);
    }
    figure("broker_peak_mib", "broker's highest resident memory", "MiB", broker_->peak_mib(), Figure::Side::kAtMost, 64 + 12.0 * 6,
           "64 MiB + 12 MiB for each of six connections");
    return {};
  }

  Result<void> absence() {
    say_(fmt::format("Z is away while {} messages come", plan_.messages));
    nodes_.erase("Z");
    TRY(send_all());
    TRY(wait_for("messages to be accepted and opened", 1800, [this] { return accepted() == sent_ && delivered() == sent_; }));
    const auto before = sent_ - plan_.messages / 3 * 3;
    say_(fmt::format("Z catches up on {} messages", sent_ - before));
    TRY(start_node("Z"));
    TRY(wait_for("Z to reach the broker", 60, [this] { return nodes_.at("Z")->linked(); }));
    const auto start = SteadyClock::now();
    TRY(wait_for("Z to catch up", 900, [this, before] { return nodes_.at("Z")->opened() >= sent_ - before; }));
    const double per_s = static_cast<double>(sent_ - before) / since(start);
    figure("catch_up_per_s", fmt::format("catch-up of a node that was away for {} messages", sent_ - before), "1/s", per_s, Figure::Side::kAtLeast,
           0.6 * crypto_.open_per_s_core, "0.6 of one core's checks and openings");
    return {};
  }

  Result<void> restart() {
    nodes_.clear();
    const double bytes = static_cast<double>(folder_bytes(folder_.folder / "broker/log") + folder_bytes(folder_.folder / "broker/checkpoint"));
    say_(fmt::format("the broker starts again with {} messages", sent_));
    if (const int status = broker_->stop(); status != 0) return fail(Code::kInternal, fmt::format("SIGTERM ended the broker with status {}", status));
    const auto start = SteadyClock::now();
    broker_.emplace(TRY(BenchBroker::start(plan_.programs / "liaison-broker", folder_)));
    TRY(broker_->wait_ready(60));
    figure("ready_s", fmt::format("from start to ready with {} messages", sent_), "s", since(start), Figure::Side::kAtMost, 2, "2 s");
    figure("disk_bytes_per_message", "the broker's disk for one message, its receipts and indexes included", "B", bytes / static_cast<double>(sent_));
    return {};
  }

  Result<void> rebuild() {
    say_("a reader's views are made anew from its frames");
    const double per_s = TRY(rebuilt_per_s(folder_, "X"));
    figure("rebuild_per_s", "views made anew from the stored frames, messages", "1/s", per_s, Figure::Side::kAtLeast, 0.6 * crypto_.open_per_s_core,
           "0.6 of one core's checks and openings");
    return {};
  }

  Result<void> pages() {
    say_(fmt::format("pages of a node that knows {} visits", kBenchVisits));
    auto times = TRY(measure_pages(plan_.folder, kBenchVisits));
    const PageTime plan = std::move(times.back());
    times.pop_back();
    for (const auto& page : times) {
      figure("page_" + page.key + "_ms_p50", page.what + ": p50", "ms", page.p50_ms);
      figure("page_" + page.key + "_ms_p95", "  p95", "ms", page.p95_ms, Figure::Side::kAtMost, 50, "50 ms");
    }
    figure("plan_ms_p50", plan.what + ": p50", "ms", plan.p50_ms);
    figure("plan_ms_p95", "  p95", "ms", plan.p95_ms, Figure::Side::kAtMost, 5, "5 ms");
    return {};
  }

  Result<void> searches() {
    const auto count = plan_.texts;
    say_(fmt::format("searches at a node that knows {} records in six languages", count));
    const auto times = TRY(measure_text(plan_.folder, count));
    figure("text_fill_s", fmt::format("a full-text index of {} records, made", count), "s", times.fill_s);
    figure("text_bytes_per_record", "  with its texts, for one record", "B", times.bytes_per_record);
    for (const auto& one : times.searches) {
      figure("search_" + one.key + "_ms_p50", one.what + ": p50", "ms", one.p50_ms);
      figure("search_" + one.key + "_ms_p95", "  p95", "ms", one.p95_ms, Figure::Side::kAtMost, 50, "50 ms");
    }
    figure("text_put_ms_p50", times.put.what + ": p50", "ms", times.put.p50_ms);
    figure("text_put_ms_p95", "  p95", "ms", times.put.p95_ms);
    figure("text_forget_ms_p95", times.forget.what + ": p95", "ms", times.forget.p95_ms);
    figure("text_forget_s", "  all of them", "s", times.forget_s);
    return {};
  }

  Result<void> records() {
    say_(fmt::format("pages of a node that knows {} records of all kinds", plan_.records));
    const auto times = TRY(measure_records(folder_, plan_.records));
    figure("records_fold_s", fmt::format("all views made anew from {} messages", times.messages), "s", times.fold_s, Figure::Side::kAtMost, 60, "60 s");
    figure("records_bytes_per_record", "  with the frames, for one record", "B", times.bytes_per_record);
    for (const auto& page : times.pages) {
      figure("records_" + page.key + "_ms_p50", page.what + ": p50", "ms", page.p50_ms);
      figure("records_" + page.key + "_ms_p95", "  p95", "ms", page.p95_ms, Figure::Side::kAtMost, 50, "50 ms");
      figure("records_" + page.key + "_ms_max", "  the slowest", "ms", page.max_ms);
    }
    figure("records_plan_ms_p50", times.plan.what + ": p50", "ms", times.plan.p50_ms);
    figure("records_plan_ms_p95", "  p95", "ms", times.plan.p95_ms, Figure::Side::kAtMost, 5, "5 ms");
    figure("records_plan_ms_max", "  the slowest", "ms", times.plan.max_ms);
    figure("overlap_compare_ms", "comparing a plan that is kept back with another node's, both sides", "ms", times.compare_ms);
    figure("overlap_10k_cells_ms", "  hiding 10,000 States and weeks", "ms", times.compare_10k_ms);
    return {};
  }

  // Before anything else has filled this process.
  Result<void> list() {
    constexpr std::uint64_t kListEntries = 1'100;
    say_(fmt::format("a consolidated list of {} entries compared with the last one", kListEntries));
    const ListTimes list = TRY(measure_list(kListEntries));
    figure("list_ms", fmt::format("a list of {} entries, {:.1f} MB, read and compared: the longest", list.entries, list.bytes / 1e6), "ms", list.whole_ms,
           Figure::Side::kAtMost, 1000, "1 s");
    figure("list_mib", "  memory, of the process that reads it too", "MiB", list.memory_mib, Figure::Side::kAtMost, 200, "200 MiB");
    return {};
  }

  // A sender changes records, and what a reader has of them goes to a receiver of that reader's own, who is away for a day.
  Result<void> receiver() {
    constexpr std::uint64_t kRevisions = 3;
    const std::uint64_t messages = plan_.files / 10 / kRevisions * kRevisions;
    say_(fmt::format("{} messages about {} records for a receiver that is away for a day", messages, messages / kRevisions));
    const std::uint64_t from = nodes_.at("X")->cursor();
    TRY(send("A", messages, kBenchUnacknowledged, 0, kRevisions));
    TRY(wait_for("changes to be opened", 300, [this] { return nodes_.at("X")->opened() == sent_; }));
    nodes_.clear();
    const ReceiverTimes times = TRY(measure_receiver(folder_, "X", from, messages));
    figure("receiver_tries_in_vain", "tries in the day in which a webhook receiver is away", "", static_cast<double>(times.in_vain));
    figure("receiver_missing", fmt::format("  of {} events, not handed over when it is back", messages), "", static_cast<double>(times.missing),
           Figure::Side::kAtMost, 0, "none");
    figure("receiver_twice", "  handed over twice", "", static_cast<double>(times.twice), Figure::Side::kAtMost, 0, "none");
    figure("receiver_out_of_order", "  before an older one of the same record", "", static_cast<double>(times.out_of_order), Figure::Side::kAtMost, 0, "none");
    figure("receiver_per_s", "  events signed, handed over, checked and written down, without per_minute", "1/s", times.per_s);
    return {};
  }

  Result<void> connectors() {
    nodes_.clear();
    if (broker_) broker_->stop();
    broker_.reset();
    say_(fmt::format("{} files dropped at three nodes", plan_.files));
    const FilesTimes times = TRY(measure_files(plan_.folder / "files", plan_.programs, plan_.files));
    figure("files_per_s", fmt::format("{} dropped files taken in, signed, accepted and answered", times.files), "1/s", times.per_s, Figure::Side::kAtLeast,
           0.5 * accepted_per_s_, "0.5 of what was accepted");
    figure("files_page_ms_p95", "  an officer's page at such a node meanwhile: p95", "ms", times.page_ms_p95);
    return {};
  }

  Result<void> send(const std::string& member, std::uint64_t count, std::size_t window, double per_second, std::uint64_t revisions = 1) {
    goals_[member] += count;
    sent_ += count;
    nodes_.at(member)->send_up_to(goals_[member], window, per_second, revisions);
    return {};
  }
  Result<void> send_all() {
    for (const auto& member : kBenchSenders) TRY(send(member, plan_.messages / 3, kBenchUnacknowledged, 0));
    return {};
  }

  BenchPlan plan_;
  Say say_;
  bool made_ = false;
  CryptoLimits crypto_;
  double sync_us_ = 0, round_trip_us_ = 0;
  BenchFolder folder_;
  std::optional<BenchBroker> broker_;
  ShownTimes times_;
  std::map<std::string, std::unique_ptr<BenchNode>> nodes_;
  std::map<std::string, std::uint64_t> goals_;
  std::uint64_t sent_ = 0;
  double accepted_per_s_ = 0;
  std::vector<Figure> figures_;
};

}  // namespace

Result<std::vector<Figure>> run_bench(const BenchPlan& plan, const std::function<void(const std::string&)>& say) {
  keep_freed_memory();   // as liaison-node does
  return Bench(plan, say).run();
}

}  // namespace liaison
