// One operation as a client saw it, and its line in the history that
// history.py checks.
#ifndef TESTS_SUPPORT_OPERATION_H_
#define TESTS_SUPPORT_OPERATION_H_

#include <grpcpp/support/error_details.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "kv/v1/kv.pb.h"

namespace load {

// Nanoseconds of a clock that all threads share and that never goes back.
inline std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// One call, or one operation of a Pipeline.
struct Operation {
  int client = 0;
  std::string name;  // get, put, delete, import or list
  std::string key;   // for a list, its prefix
  std::string value;
  std::optional<std::int64_t> expected;
  std::int64_t start = 0;
  std::int64_t end = 0;
  // ok, mismatch, absent, not_written (the server promised that nothing has
  // changed) or unknown (it may have changed something)
  std::string result = "unknown";
  std::optional<std::int64_t> revision;
  std::optional<std::int64_t> current;  // of the entry, after a mismatch
  std::optional<bool> deleted;
  std::vector<kv::v1::Entry> entries;  // of a list, or to import
};

// Whether a server has answered what no server of ours should.
inline std::atomic<bool> wrong = false;

// Whether a call may fail so because a server dies, or is full.
inline bool Expected(int code) {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::UNAVAILABLE:
      return true;
    default:
      return false;
  }
}

// What a status means. `details` may be empty: a Pipeline's answers have none.
inline void SetResult(Operation& operation, int code,
                      const std::string& details) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  google::rpc::RetryInfo retry;
  bool unchanged = false;
  if (!status.ParseFromString(details)) status.Clear();
  for (const auto& detail : status.details()) {
    if (detail.UnpackTo(&retry)) unchanged = true;
    [[maybe_unused]] const bool is_info = detail.UnpackTo(&info);
  }
  const auto number = [&](const char* name) -> std::optional<std::int64_t> {
    const auto at = info.metadata().find(name);
    if (at == info.metadata().end()) return std::nullopt;
    return std::stoll(at->second);
  };
  if (code == 0) {
    operation.result = "ok";
  } else if (code == grpc::StatusCode::FAILED_PRECONDITION &&
             operation.expected) {
    operation.result = "mismatch";
    operation.current = number("current_revision");
  } else if (code == grpc::StatusCode::NOT_FOUND && operation.name == "get") {
    operation.result = "absent";
    operation.revision = number("revision");
  } else {
    operation.result = unchanged ? "not_written" : "unknown";
    if (!Expected(code)) {
      wrong = true;
      std::cerr << "load: " << operation.name << ": code " << code << "\n";
    }
  }
}

// Writes a list of rows. Our keys and values need no escapes in JSON.
template <class Entries>
void WriteEntries(std::ostream& out, const Entries& entries,
                  bool with_revision) {
  const char* comma = "";
  out << "[";
  for (const auto& entry : entries) {
    out << comma << R"([")" << entry.key() << R"(",")" << entry.value() << '"';
    if (with_revision) out << "," << entry.revision();
    out << "]";
    comma = ",";
  }
  out << "]";
}

inline std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  const auto text = [&](const char* name, const std::string& value) {
    out << '"' << name << R"(":")" << value << R"(",)";
  };
  const auto number = [&](const char* name, std::optional<std::int64_t> value) {
    if (value) out << '"' << name << R"(":)" << *value << ",";
  };
  const bool list = operation.name == "list";
  const bool import = operation.name == "import";
  out << "{";
  number("client", operation.client);
  text("op", operation.name);
  if (!import) text(list ? "prefix" : "key", operation.key);
  if (!operation.value.empty()) text("value", operation.value);
  number("expected", operation.expected);
  number("start", operation.start);
  number("end", operation.end);
  number("revision", operation.revision);
  number("current", operation.current);
  if (operation.deleted) {
    out << (*operation.deleted ? R"("deleted":true,)" : R"("deleted":false,)");
  }
  if (list || import) {
    out << R"("entries":)";
    WriteEntries(out, operation.entries, list);
    out << ",";
  }
  return out << R"("result":")" << operation.result << "\"}\n";
}

}  // namespace load

#endif  // TESTS_SUPPORT_OPERATION_H_
