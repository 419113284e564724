// SPDX-License-Identifier: Apache-2.0
// How `liaison` speaks: results on standard output, everything else on standard error; an error is one sentence with its
// stable code and a hint; exit statuses say the same to scripts. Text from outside is made printable before it is shown.
// One thread; no state but the streams.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/result.h"

namespace liaison {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 64;
inline constexpr int kExitData = 65;
inline constexpr int kExitNoInput = 66;
inline constexpr int kExitUnreachable = 69;
inline constexpr int kExitInternal = 70;
inline constexpr int kExitCannotWrite = 73;
inline constexpr int kExitTryAgain = 75;
inline constexpr int kExitProtocol = 76;
inline constexpr int kExitNotAllowed = 77;
inline constexpr int kExitConfig = 78;

struct Console {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  bool colour = false;   // standard output is a terminal and nobody asked for plain text
  bool asks = false;     // a person is there: input and errors are a terminal

  void say(std::string_view sentence) { err << sentence << "\n"; }
  void warn(std::string_view sentence);
  // "error: the sentence [E_CODE]" and "hint: ...".
  void fail(const Error& error);
  // True for y or yes. False without asking when nobody is there.
  bool confirm(std::string_view question);
  // The text in a colour when colours are on: 31 red, 32 green, 33 yellow, 1 bold.
  std::string paint(std::string_view text, int colour_code) const;
};

int exit_status(Code code);
// Every status that this program may end with, and what it says: for the man page.
const std::vector<std::pair<int, std::string_view>>& exit_words();
// The code of a stable word ("E_POLICY"), or kInternal for a word this version does not know.
Code code_of_word(std::string_view word);

}  // namespace liaison
