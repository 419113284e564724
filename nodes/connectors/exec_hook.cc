// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/exec_hook.h"

#include <algorithm>
#include <cstring>

#include "nodes/connectors/child_program.h"
#include "schemas/text.h"

namespace liaison {

namespace {

constexpr int kHookAgain = 75, kHookGone = 100;

// The first line that it wrote with something in it, for people.
std::string said_by_hook(std::string_view output) {
  while (!output.empty()) {
    std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(output.size(), line.size() + 1));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (!line.empty()) return ": " + printable(line, 200);
  }
  return "";
}

class ExecHook final : public Carrier {
 public:
  ExecHook(const ConnectorConfig& config, const MemberId& member)
      : command_(config.lists.at("command")), name_(config.name), member_(member.str()), limit_(config.numbers.at("limit_seconds")) {}

  Handed hand_over(const Parcel& parcel, std::stop_token stop) override {
    ChildProgram program;
    program.command = command_;
    program.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "LIAISON_MEMBER=" + member_, "LIAISON_CONNECTOR=" + name_,
                           "LIAISON_MESSAGE_ID=" + parcel.id, "LIAISON_TRY=" + std::to_string(parcel.tries + 1)};
    // No more than the rule lets through.
    if (parcel.content.contains("kind")) program.environment.push_back("LIAISON_KIND=" + parcel.kind);
    if (parcel.content.contains("record")) program.environment.push_back("LIAISON_RECORD=" + parcel.record);
    program.input = parcel.content.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    program.limit = std::chrono::seconds(limit_);
    const auto ended = run_program(program, std::move(stop));
    if (!ended) return {Handed::How::kAgain, ended.error().what, {}};
    return handed_of(*ended);
  }

  // It cannot know of a program of others that it takes a test for one.
  Result<std::string> test(std::stop_token) override {
    TRY(check_program(command_[0]));
    return command_[0] + " is there and can be started; it was not";
  }

 private:
  Handed handed_of(const ChildEnd& ended) const {
    const std::string said = said_by_hook(ended.output);
    if (ended.stopped) return {Handed::How::kAgain, "the node is ending", {}};
    if (ended.late) return {Handed::How::kAgain, "it was killed after " + std::to_string(limit_) + (limit_ == 1 ? " second" : " seconds") + said, {}};
    if (ended.signal) return {Handed::How::kRefused, "it was ended by signal " + std::to_string(*ended.signal) + said, {}};
    const std::string words = "it ended with status " + std::to_string(*ended.status) + said;
    if (*ended.status == 0) return {Handed::How::kDone, words, {}};
    if (*ended.status == kHookAgain) return {Handed::How::kAgain, words, {}};
    if (*ended.status == kHookGone) return {Handed::How::kGone, words + "; it wants no more of these", {}};
    return {Handed::How::kRefused, words, {}};
  }

  const std::vector<std::string> command_;
  const std::string name_, member_;
  const std::uint64_t limit_;
};

}  // namespace

Result<std::unique_ptr<Carrier>> make_exec_hook(const ConnectorConfig& config, const MemberId& member) {
  const auto& command = config.lists.at("command");
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (command.empty() || !command[0].starts_with('/') || std::any_of(command.begin(), command.end(), has_nul))
    return fail(Code::kConfig, "command: does not begin with the absolute path of a program", "command = [\"/usr/local/bin/take-message\"]");
  return std::unique_ptr<Carrier>(new ExecHook(config, member));
}

}  // namespace liaison
