// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_list.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "nodes/cli/bench_times.h"
#include "nodes/connectors/list_difference.h"
#include "nodes/connectors/list_sample.h"

namespace liaison {
namespace {

constexpr int kListRounds = 20;

// From now on the most that this process holds is counted anew, where the kernel lets it.
void forget_most_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

double most_memory_mib() {
  std::ifstream status("/proc/self/status");
  double kib = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) kib = std::stod(line.substr(6));
  }
  rusage children{};
  ::getrusage(RUSAGE_CHILDREN, &children);
  return (kib + static_cast<double>(children.ru_maxrss)) / 1024;
}

// The list a day later.
std::vector<InventedEntry> a_day_later(std::vector<InventedEntry> entries) {
  const std::size_t some = std::max<std::size_t>(1, entries.size() / 100);
  std::vector<InventedEntry> fresh = invented_entries(entries.size() + some);
  for (std::size_t i = 0; i < some; ++i) entries[i].comments = "Invented otherwise.";
  entries.erase(entries.end() - static_cast<std::ptrdiff_t>(some), entries.end());
  entries.insert(entries.end(), fresh.end() - static_cast<std::ptrdiff_t>(some), fresh.end());
  return entries;
}

}  // namespace

Result<ListTimes> measure_list(std::uint64_t entries) {
  const auto before = invented_entries(entries);
  const std::string first = invented_list(before, "2017-06-19T19:00:00-04:00"), second = invented_list(a_day_later(before), "2017-06-20T19:00:00-04:00");
  const ListVersion last = TRY(parse_list(view_of(first), {}));
  KnownList known{last.generated_ms, last.entries.size(), {}};
  for (const ListedEntry& one : last.entries) known.standing[one.reference] = one;
  const ListRules rules{{"Al-Qaida", "Taliban", "DPRK", "Libya"}, 5};
  ListTimes out;
  out.entries = entries;
  out.bytes = static_cast<double>(second.size());
  std::vector<double> reads, compares, wholes;
  forget_most_memory();
  for (int i = 0; i < kListRounds; ++i) {
    const auto start = SteadyClock::now();
    const ListVersion now = TRY(parse_list(view_of(second), {}));
    reads.push_back(ms_since(start));
    const auto middle = SteadyClock::now();
    TRY(check_list(now));
    if (const auto doubt = doubt_about(known, now, rules)) return *doubt;
    out.changes = list_changes(known, now, rules).size();
    compares.push_back(ms_since(middle));
    wholes.push_back(ms_since(start));
  }
  out.memory_mib = most_memory_mib();
  if (out.changes != 3 * std::max<std::uint64_t>(1, entries / 100))
    return fail(Code::kInternal, "the difference of the bench's lists is not what was put there");
  out.read_ms = time_of("", "", reads).p50_ms;
  out.compare_ms = time_of("", "", compares).p50_ms;
  out.whole_ms = *std::max_element(wholes.begin(), wholes.end());
  return out;
}

}  // namespace liaison
