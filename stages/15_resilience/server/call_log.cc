#include "server/call_log.h"

#include <cmath>
#include <cstddef>
#include <ctime>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace kv {

namespace {

// The time as in RFC 3339. absl::FormatTime() takes longer than all the rest.
std::string Now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  char seconds[32];
  std::strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
  return absl::StrCat(seconds, ".",
                      absl::Dec(now.tv_nsec / 1'000'000, absl::kZeroPad3), "Z");
}

}  // namespace

// [json]
std::string JsonString(absl::string_view text) {
  std::string json = "\"";
  json.reserve(text.size() + 2);
  for (const unsigned char c : text) {
    if (c < ' ' || c > '~') {
      absl::StrAppend(&json, "\\u", absl::Hex(c, absl::kZeroPad4));
    } else {
      if (c == '"' || c == '\\') json.push_back('\\');
      json.push_back(static_cast<char>(c));
    }
  }
  json.push_back('"');
  return json;
}
// [json]

// [write]
void CallLog::Write(const EndedCall& call) {
  constexpr std::size_t kMaxText = 100;  // a path may be 8 KiB of any bytes
  const auto text = [](absl::string_view chosen) {
    return JsonString(chosen.substr(0, kMaxText));
  };
  log_.Write(absl::StrCat(
      R"({"time":")", Now(), R"(","method":)", text(call.method), R"(,"user":)",
      text(call.user), R"(,"peer":)", text(call.peer), R"(,"code":")",
      absl::StatusCodeToString(static_cast<absl::StatusCode>(call.code)),
      R"(","ms":)", std::round(absl::ToDoubleMicroseconds(call.took)) / 1000,
      "}"));
}
// [write]

}  // namespace kv
