// SPDX-License-Identifier: Apache-2.0
#include "security/audit.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "schemas/text.h"

namespace liaison {
namespace {

struct State {
  LogFormat format = LogFormat::kText;
  std::string program = "liaison";
  std::shared_ptr<spdlog::logger> logger = spdlog::stderr_logger_mt("liaison");
};

State& state() {
  static State instance = [] {
    State made;
    made.logger->set_pattern("%v");   // the line is whole already; a pattern would not escape
    made.logger->flush_on(spdlog::level::info);
    return made;
  }();
  return instance;
}

std::string now_text() {
  using namespace std::chrono;
  return rfc3339_millis(static_cast<TimeMs>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()));
}

// JSON string content; printable() has already made every control visible.
std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string json_line(std::string_view level, std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields) {
  std::string line = "{\"ts\":\"" + now_text() + "\",\"level\":\"" + std::string(level) + "\",\"program\":" + json_quoted(state().program) +
                     ",\"event\":" + json_quoted(event) + ",\"msg\":" + json_quoted(sentence);
  for (const LogField& field : fields) line += "," + json_quoted(field.name) + ":" + (field.number ? field.value : json_quoted(field.value));
  return line + "}";
}

std::string text_line(std::string_view level, std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields) {
  std::string line = now_text() + " " + std::string(level) + " " + std::string(event) + ": " + printable(sentence);
  for (const LogField& field : fields) line += " " + std::string(field.name) + "=" + printable(field.value);
  return line;
}

void write(spdlog::level::level_enum level, std::string_view word, std::string_view event, std::string_view sentence,
           std::initializer_list<LogField> fields) {
  auto& logger = *state().logger;
  if (!logger.should_log(level)) return;
  logger.log(level, "{}", state().format == LogFormat::kJson ? json_line(word, event, sentence, fields) : text_line(word, event, sentence, fields));
}

}  // namespace

LogField::LogField(std::string_view n, Code v) : name(n), value(code_name(v)) {}

void open_log(std::string_view program, LogFormat format, std::string_view level) {
  state().format = format;
  state().program = program;
  state().logger->set_level(spdlog::level::from_str(std::string(level)));
}

void log_debug(std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields) {
  write(spdlog::level::debug, "debug", event, sentence, fields);
}
void log_info(std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields) {
  write(spdlog::level::info, "info", event, sentence, fields);
}
void log_warn(std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields) {
  write(spdlog::level::warn, "warn", event, sentence, fields);
}
void log_error(std::string_view event, std::string_view sentence, std::initializer_list<LogField> fields) {
  write(spdlog::level::err, "error", event, sentence, fields);
}

}  // namespace liaison
