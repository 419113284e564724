// SPDX-License-Identifier: Apache-2.0
// `liaison bench`: what this exchange does on this machine, beside what the machine could do at best.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/cli/bench_run.h"
#include "nodes/cli/command.h"
#include "security/audit.h"
#include "security/durable.h"

namespace liaison {
namespace {

std::string rounded(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value) : value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.3f}", value);
}

std::string line_of(const Figure& figure) {
  std::string line = fmt::format("{:<86} {:>10} {:<4}", figure.what, rounded(figure.value), figure.unit);
  if (figure.side == Figure::Side::kInforms) return line;
  return line + fmt::format(" {} {:>8}  {}  ({})", figure.side == Figure::Side::kAtLeast ? ">=" : "<=", rounded(figure.bound),
                            figure.good() ? "reached" : "MISSED ", figure.goal);
}

Result<int> bench(const Invocation& typed) {
  BenchPlan plan;
  plan.folder = typed.has("--folder") ? typed.text("--folder") : "exchange-bench";
  plan.programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  if (typed.has("--quick")) {
    plan.messages = 9'999;
    plan.one_by_one = 1000;
    plan.paced = 600;
    plan.texts = 10'000;
    plan.records = 10'000;
    plan.files = 999;
    plan.limits_s = 0.7;
  }
  plan.visits_only = typed.has("--visits");
  plan.text_only = typed.has("--text");
  plan.records_only = typed.has("--records");
  plan.connectors_only = typed.has("--connectors");
  open_log("bench", LogFormat::kText, "error");   // six nodes would talk into the table
  auto& console = typed.console();
  const auto figures = TRY(run_bench(plan, [&console](const std::string& text) { console.say(text); }));
  nlohmann::json report = nlohmann::json::object();
  bool good = true;
  for (const Figure& figure : figures) {
    console.out << line_of(figure) << "\n";
    report[figure.key] = figure.value;
    good = good && figure.good();
  }
  if (typed.has("--json")) TRY(write_durably(typed.text("--json"), view_of(report.dump(1) + "\n"), 0644));
  console.out << (good ? "every goal is reached\n" : "not every goal is reached\n");
  return good ? 0 : 1;
}

}  // namespace

std::vector<Command> bench_commands() {
  return {{"bench",
           "measure an exchange of six members on this machine, beside the machine's own limits",
           {{"--json", "FILE", "write the figures there too"},
            {"--quick", "", "a tenth of the messages"},
            {"--visits", "", "only what officers wait for: pages and plans at a node that knows 10,000 visits"},
            {"--text", "", "only searches, at a node that knows 100,000 records in six languages"},
            {"--records", "", "only what officers wait for at a node that knows 100,000 records of all kinds, and its views made anew"},
            {"--connectors", "", "only what comes in by connectors: 10,000 files beside the exchange's own rate, and the Consolidated List"},
            {"--folder", "FOLDER", "where it may write; made, and removed at the end (default exchange-bench)"}},
           bench, {"liaison bench --quick --json figures.json"}}};
}

}  // namespace liaison
