// SPDX-License-Identifier: Apache-2.0
// What a program says while it runs (spdlog to standard error): JSON lines for machines or text for people. Audit events
// are such lines with a stable event word (TRUST 5). Never content, never a secret; every value is escaped and cut at
// 512 bytes. Any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "schemas/ids.h"

namespace liaison {

enum class LogFormat { kText, kJson };
// level: "debug", "info", "warn", "error". To be called once in main. `program` stands in every line.
void open_log(std::string_view program, LogFormat format, std::string_view level);

struct LogField {
  std::string_view name;
  std::string value;
  bool number = false;
  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const char* v) : name(n), value(v) {}
  LogField(std::string_view n, const std::string& v) : name(n), value(v) {}
  LogField(std::string_view n, std::uint64_t v) : name(n), value(std::to_string(v)), number(true) {}
  LogField(std::string_view n, std::int64_t v) : name(n), value(std::to_string(v)), number(true) {}
  LogField(std::string_view n, int v) : name(n), value(std::to_string(v)), number(true) {}
  LogField(std::string_view n, Code v);   // its word
};

// event: lower-case words with dots ("roster.accepted", "policy.deny").
void log_debug(std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields = {});
void log_info(std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields = {});
void log_warn(std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields = {});
void log_error(std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields = {});

}  // namespace liaison
