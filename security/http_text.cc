// SPDX-License-Identifier: Apache-2.0
#include "security/http_text.h"

#include <nlohmann/json.hpp>

#include "schemas/text.h"

namespace liaison {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 421: return "Misdirected Request";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return status < 400 ? "OK" : status < 500 ? "Bad Request" : "Internal Server Error";
  }
}

// One "NAME: line" for each line of the text, so that no text can forge another field.
std::string event_lines(const std::string& name, std::string_view text) {
  std::string out;
  do {
    const auto line = text.substr(0, text.find_first_of("\r\n"));
    out += name + ": " + std::string(line) + "\n";
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  } while (!text.empty());
  return out;
}

}  // namespace

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool percent_decode(std::string_view text, bool plus, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = from_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1 || (*byte)[0] == 0) return false;
      out += static_cast<char>((*byte)[0]);
      i += 2;
    } else {
      if (text[i] == '\0') return false;
      out += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  return true;
}

bool split_target(std::string_view target, std::string& path, std::map<std::string, std::string>& query) {
  if (target.empty() || target[0] != '/') return false;
  const auto mark = target.find('?');
  if (!percent_decode(target.substr(0, mark), false, path)) return false;
  auto rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    std::string name, value;
    if (!percent_decode(pair.substr(0, equals), true, name)) return false;
    if (equals != std::string_view::npos && !percent_decode(pair.substr(equals + 1), true, value)) return false;
    if (!name.empty()) query[name] = value;
  }
  return true;
}

std::string response_head(const HttpResponse& response, bool keep_alive, bool stream) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason(response.status)) + "\r\nContent-Type: " + response.type +
                     "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  if (!stream && response.status != 304) head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  for (const auto& [name, value] : response.headers) head += printable(name) + ": " + printable(value, 4096) + "\r\n";   // no line of its own
  return head + "Connection: " + (keep_alive ? "keep-alive" : "close") + "\r\n\r\n";
}

std::string event_text(const std::string& id, const std::string& event, const std::string& data) {
  return event_lines("id", id) + event_lines("event", event) + event_lines("data", data) + "\n";
}

std::string problem_json(int status, std::string_view code, std::string_view title, std::string_view detail, std::string_view hint) {
  nlohmann::json body{{"type", "about:blank"}, {"status", status}, {"code", code}, {"title", title}, {"detail", detail}};
  if (!hint.empty()) body["hint"] = hint;
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace liaison
