// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/verify_print.h"

#include <fmt/format.h>

#include "nodes/cli/table.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

int colour_of(Outcome outcome) { return outcome == Outcome::kHolds ? 32 : outcome == Outcome::kNothing ? 0 : 31; }

}  // namespace

std::string_view word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHolds:
      return "ok";
    case Outcome::kFailed:
      return "FAILED";
    case Outcome::kNothing:
      return "-";
    case Outcome::kNotReached:
      return "not reached";
  }
  return "";
}

void print_checks(Console& console, const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    console.out << console.paint(fmt::format("{:<11}", word_of(check.outcome)), colour_of(check.outcome))
                << fmt::format(" {:<20} {}\n", check.name, printable(check.sentence, 4096));
  }
}

json checks_json(const std::vector<Check>& checks) {
  json out = json::array();
  for (const Check& check : checks)
    out.push_back({{"check", check.name}, {"outcome", word_of(check.outcome)}, {"sentence", check.sentence}});
  return out;
}

void print_checks_csv(const Invocation& typed, const std::vector<Check>& checks) {
  // A lone dash would get the apostrophe that keeps spreadsheets from reading a formula.
  const auto outcome = [](const json& check) {
    return check["outcome"] == "-" ? std::string("nothing to check") : cell_of(check, "outcome");
  };
  print_page(typed, checks_json(checks),
             {plain_column("check", "check"), {"outcome", outcome}, plain_column("what", "sentence")});
}

}  // namespace liaison
