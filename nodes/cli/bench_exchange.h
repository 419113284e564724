// SPDX-License-Identifier: Apache-2.0
// The bench's own exchange: six members (A, B, C send; X, Y, Z read) with keys, roster and policy of their own in a folder that is
// made anew, and a real liaison-broker process on free loopback ports. One thread. The folder is removed by its maker.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

inline const std::vector<std::string> kBenchSenders{"A", "B", "C"};
inline const std::vector<std::string> kBenchReaders{"X", "Y", "Z"};
// The bench's own quota.unacknowledged; its other quotas are out of the way.
inline constexpr std::size_t kBenchUnacknowledged = 64;

// Makes FOLDER/broker, FOLDER/node-<member> (keys, trust), FOLDER/broker.toml, FOLDER/passphrase, roster and policy. kInput when the
// folder holds anything.
struct BenchFolder {
  std::filesystem::path folder;
  std::string roster_note, policy;
  std::string http;   // the broker's loopback address
  std::filesystem::path node(const std::string& member) const { return folder / ("node-" + member); }
};
Result<BenchFolder> make_bench_folder(const std::filesystem::path& folder);

// Starts PROGRAM --config CONFIG, with what it says in LOG; it is killed when this process ends. kIo.
Result<pid_t> start_bench_program(const std::filesystem::path& program, const std::filesystem::path& config, const std::filesystem::path& log);

class BenchBroker {
 public:
  // Starts PROGRAM on the folder and waits until it answers.
  static Result<BenchBroker> start(const std::filesystem::path& program, const BenchFolder& folder);
  BenchBroker(BenchBroker&& other) noexcept;
  BenchBroker& operator=(BenchBroker&&) = delete;
  ~BenchBroker();   // kills what still runs

  Result<void> apply(const BenchFolder& folder);
  // Seconds from the process's start until /readyz said yes. Polls.
  Result<double> wait_ready(double seconds_max);
  // SIGTERM, and its exit status.
  int stop();
  // User and system time of all its threads, and its highest resident size.
  double cpu_seconds() const;
  double peak_mib() const;
  // The broker's own counters of where its time goes, by stage, from /metrics.
  std::map<std::string, double> cpu_by_stage() const;

 private:
  BenchBroker(pid_t pid, std::string http, std::filesystem::path control) : pid_(pid), http_(std::move(http)), control_(std::move(control)) {}
  pid_t pid_ = -1;
  std::string http_;
  std::filesystem::path control_;
};

// Bytes of all files below a folder.
std::uint64_t folder_bytes(const std::filesystem::path& folder);

}  // namespace liaison
