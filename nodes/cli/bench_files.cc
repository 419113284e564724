// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_files.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "nodes/cli/bench_exchange.h"
#include "nodes/domain/state_table.h"
#include "schemas/dates.h"
#include "security/http.h"

namespace liaison {
namespace {

using nlohmann::json;
using FilesClock = std::chrono::steady_clock;

constexpr double kFilesSecondsMax = 900;

double files_seconds(FilesClock::time_point from) { return std::chrono::duration<double>(FilesClock::now() - from).count(); }

// To the three that read, as in the measurement of what is accepted; and as there no two plans meet, be it in one State or in its neighbours.
std::string dropped_plan(std::uint64_t number) {
  constexpr std::int64_t kFirstDay = 365 * 57, kDaysApart = 100;
  static const auto all = state_table();
  const std::int64_t day = kFirstDay + static_cast<std::int64_t>(number) * kDaysApart;
  return json{{"states", {all[number % all.size()].alpha3}}, {"title", "A visit of the bench"}, {"kind", "follow_up"}, {"marking", "named"},
              {"to", kBenchReaders}, {"components", {{{"start", date_text(day)}, {"end", date_text(day + 2)}}}}, {"note", std::string(400, 'n')}}.dump();
}

// The programs of one exchange; killed at the end.
class FilesExchange {
 public:
  FilesExchange(BenchFolder folder, BenchBroker broker) : folder_(std::move(folder)), broker_(std::move(broker)) {}
  FilesExchange(FilesExchange&&) = delete;
  ~FilesExchange() {
    for (const pid_t pid : nodes_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }

  Result<void> start_node(const std::filesystem::path& programs, const std::string& member) {
    nodes_.push_back(
        TRY(start_bench_program(programs / "liaison-node", folder_.folder / ("node-" + member + ".toml"), folder_.folder / ("node-" + member + ".log"))));
    return {};
  }
  Result<json> ask(const std::string& member, const std::string& path) const {
    const auto answer = TRY(http_request({(folder_.folder / (member + ".sock")).string(), ""}, "GET", "/api/v1" + path, "", {}, std::chrono::seconds(10)));
    json said = json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !said.is_object()) return fail(Code::kUnreachable, "a node of the bench answered " + std::to_string(answer.status));
    return said;
  }
  template <class Done>
  Result<void> wait_for(const std::string& what, double seconds, Done done) const {
    const auto start = FilesClock::now();
    while (!done()) {
      if (files_seconds(start) > seconds) return fail(Code::kInternal, "gave up waiting for " + what, "the logs are in " + folder_.folder.string());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return {};
  }
  bool linked(const std::string& member) const {
    const auto status = ask(member, "/status");
    return status && (*status)["link"]["state"] == "up" && (*status)["log"]["size"] >= 2;
  }
  // All files of it have their result, and their messages are in the log.
  bool is_through(const std::string& member, std::uint64_t files) const {
    const auto connector = ask(member, "/connectors/drop");
    if (!connector || (*connector)["done"] < files) return false;
    const auto status = ask(member, "/status");
    return status && (*status)["outbox"]["queued"] == 0;
  }
  std::filesystem::path drop(const std::string& member) const { return folder_.folder / ("drop-" + member); }
  std::filesystem::path config(const std::string& member) const { return folder_.folder / ("node-" + member + ".toml"); }

 private:
  const BenchFolder folder_;
  BenchBroker broker_;
  std::vector<pid_t> nodes_;
};

void write_files(const FilesExchange& exchange, std::uint64_t files) {
  for (std::size_t i = 0; i < kBenchSenders.size(); ++i) {
    const auto folder = exchange.drop(kBenchSenders[i]);
    std::filesystem::create_directories(folder / "ready");
    for (std::uint64_t n = i; n < files; n += kBenchSenders.size()) std::ofstream(folder / "ready" / fmt::format("{:06}.json", n)) << dropped_plan(n);
    std::ofstream(exchange.config(kBenchSenders[i]), std::ios::app)
        << "[connectors.drop]\nkind = \"files_in\"\nfolder = \"" << folder.string() << "\"\nevery_seconds = 1\nper_minute = 1000000\n";
  }
}

void drop_files(const FilesExchange& exchange) {
  for (const std::string& member : kBenchSenders) {
    const auto folder = exchange.drop(member);
    for (const auto& one : std::filesystem::directory_iterator(folder / "ready")) std::filesystem::rename(one.path(), folder / "inbox" / one.path().filename());
  }
}

}  // namespace

Result<FilesTimes> measure_files(const std::filesystem::path& folder, const std::filesystem::path& programs, std::uint64_t files) {
  BenchFolder made = TRY(make_bench_folder(folder));
  BenchBroker broker = TRY(BenchBroker::start(programs / "liaison-broker", made));
  TRY(broker.apply(made));
  FilesExchange exchange(std::move(made), std::move(broker));
  const std::uint64_t each = files / kBenchSenders.size();
  write_files(exchange, each * kBenchSenders.size());
  std::vector<std::string> members = kBenchSenders;
  members.insert(members.end(), kBenchReaders.begin(), kBenchReaders.end());
  for (const std::string& member : members) TRY(exchange.start_node(programs, member));
  TRY(exchange.wait_for("the nodes to reach the broker", 60, [&] {
    return std::all_of(members.begin(), members.end(), [&](const std::string& member) { return exchange.linked(member); });
  }));
  TRY(exchange.wait_for("the inboxes", 30, [&] {
    return std::all_of(kBenchSenders.begin(), kBenchSenders.end(), [&](const std::string& member) {
      return std::filesystem::is_directory(exchange.drop(member) / "inbox");
    });
  }));
  FilesTimes out;
  out.files = each * kBenchSenders.size();
  std::vector<double> pages;
  const auto start = FilesClock::now();
  drop_files(exchange);
  TRY(exchange.wait_for("the files to be taken in", kFilesSecondsMax, [&] {
    const auto asked = FilesClock::now();
    if (exchange.ask(kBenchSenders[0], "/visits?limit=50")) pages.push_back(files_seconds(asked) * 1000);
    return std::all_of(kBenchSenders.begin(), kBenchSenders.end(), [&](const std::string& member) { return exchange.is_through(member, each); });
  }));
  out.per_s = static_cast<double>(out.files) / files_seconds(start);
  std::sort(pages.begin(), pages.end());
  if (!pages.empty()) out.page_ms_p95 = pages[pages.size() * 95 / 100];
  return out;
}

}  // namespace liaison
