// SPDX-License-Identifier: Apache-2.0
// Configuration files: the same text gives the same values and the same complaint, and a number stays within its limits.
#include "security/settings.h"

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

// Everything asked for, as one text.
std::string answers(Settings& settings) {
  const auto port = settings.number("http.port", 5680, 1, 65'535);
  const auto rate = settings.number("limits.rate", 20, 0, 1'000'000);
  CHECK(port >= 1 && port <= 65'535 && rate <= 1'000'000);
  std::string out = settings.text("name", "nobody") + '\n' + settings.text_required("network") + '\n' + std::to_string(port) + '\n' + std::to_string(rate);
  out += settings.flag("limits.strict", true) ? "\nstrict\n" : "\nlax\n";
  for (const auto& one : settings.texts("members")) out += one + '\n';
  return out + settings.path("folder", "data").string() + (settings.has("limits") ? "\nlimits" : "");
}

struct Outcome {
  std::string values;
  std::string complaint;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome(std::string_view text) {
  auto settings = Settings::parse(text, "fuzz.toml");
  if (!settings) {
    CHECK(settings.error().code == Code::kConfig && settings.error().what.starts_with("fuzz.toml:"));
    return {"", settings.error().what};
  }
  Outcome out{answers(*settings), ""};
  const auto finished = settings->finish();
  if (finished) {
    CHECK(settings->has("network"));
  } else {
    CHECK(finished.error().code == Code::kConfig && finished.error().what.starts_with("fuzz.toml:"));
    out.complaint = finished.error().what;
  }
  return out;
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(settings) {
  using namespace liaison;
  const std::string_view text = text_of({data, size});
  CHECK(outcome(text) == outcome(text));
  return 0;
}
