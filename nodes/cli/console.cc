// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/console.h"

#include <array>
#include <string>

#include "schemas/text.h"

namespace liaison {
namespace {

constexpr std::size_t kSentenceBytesMax = 8192;

// Local codes are consecutive from 1,000; those of the protocol lie below 100.
template <class Visit>
void for_each_code(Visit visit) {
  for (std::uint16_t number = 0; number < 100; ++number) {
    if (const auto code = code_from_wire(number)) visit(*code);
  }
  for (auto number = static_cast<std::uint16_t>(Code::kInput); number <= static_cast<std::uint16_t>(Code::kUsage); ++number) {
    visit(static_cast<Code>(number));
  }
}

int exit_status_of_local(Code code) {
  if (code == Code::kUsage) return kExitUsage;
  if (code == Code::kConfig) return kExitConfig;
  if (code == Code::kIo) return kExitCannotWrite;
  if (code == Code::kUnknown) return kExitNoInput;
  if (code == Code::kUnreachable) return kExitUnreachable;
  if (code == Code::kLocked || code == Code::kHalted) return kExitTryAgain;
  if (code == Code::kNotOwner || code == Code::kPassphrase || code == Code::kPermission) return kExitNotAllowed;
  if (code == Code::kInput || code == Code::kRoster || code == Code::kPolicyFile || code == Code::kNote) return kExitData;
  if (code == Code::kCheckpoint || code == Code::kProof) return kExitProtocol;
  if (code == Code::kStore || code == Code::kInternal) return kExitInternal;
  return kExitFailed;
}

}  // namespace

int exit_status(Code code) {
  if (code == Code::kAccepted) return kExitOk;
  if (is_transient(code)) return kExitTryAgain;
  if (code == Code::kPolicy || code == Code::kMarking || code == Code::kEncryptionRequired) return kExitNotAllowed;
  if (static_cast<std::uint16_t>(code) < 1000) return kExitProtocol;
  return exit_status_of_local(code);
}

const std::vector<std::pair<int, std::string_view>>& exit_words() {
  static const std::vector<std::pair<int, std::string_view>> all = {
      {kExitOk, "done"}, {kExitFailed, "failed, or not done because a person said no"}, {kExitUsage, "usage: a line that cannot be understood"},
      {kExitData, "bad input"}, {kExitNoInput, "no such file, record or message"}, {kExitUnreachable, "nothing answers"},
      {kExitInternal, "a fault in the program"}, {kExitCannotWrite, "cannot write"}, {kExitTryAgain, "try again later"},
      {kExitProtocol, "protocol or signature"}, {kExitNotAllowed, "not allowed"}, {kExitConfig, "bad configuration"}};
  return all;
}

Code code_of_word(std::string_view word) {
  Code found = Code::kInternal;
  for_each_code([&](Code code) {
    if (code_name(code) == word) found = code;
  });
  return found;
}

void Console::warn(std::string_view sentence) { err << paint("warning:", 33) << " " << printable(sentence, kSentenceBytesMax) << "\n"; }

void Console::fail(const Error& error) {
  err << paint("error:", 31) << " " << printable(error.what, kSentenceBytesMax) << " [" << code_name(error.code) << "]\n";
  if (!error.hint.empty()) err << "hint: " << printable(error.hint, kSentenceBytesMax) << "\n";
}

bool Console::confirm(std::string_view question) {
  if (!asks) return false;
  err << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(in, answer);
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes" || answer == "YES";
}

std::string Console::paint(std::string_view text, int colour_code) const {
  if (!colour) return std::string(text);
  return "\x1b[" + std::to_string(colour_code) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace liaison
