// The log of calls: a line of JSON on stderr for each.
//
//   {"time":"2026-11-30T08:15:00.123Z","method":"/kv.v1.KeyValueService/Get",
//    "user":"alice","peer":"ipv4:127.0.0.1:4242","code":"OK","ms":0.123}
//
// It never has a token, a key or a value. A client can't forge a line: what it
// chose is escaped.
#ifndef SERVER_CALL_LOG_H_
#define SERVER_CALL_LOG_H_

#include <grpcpp/support/status.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/log.h"

namespace kv {

/// What there is to say about a call that is over.
struct EndedCall {
  absl::string_view method;  ///< Its path.
  absl::string_view user;    ///< Empty if there is none.
  absl::string_view peer;    ///< The client's address; empty if unknown.
  grpc::StatusCode code = grpc::StatusCode::OK;  ///< The status.
  absl::Duration took;                           ///< Until it was sent.
};

/// Returns the text as a JSON string, with quotes. Bytes that are not ASCII
/// become the character of that number.
std::string JsonString(absl::string_view text);

/// Writes the lines. Thread-safe, and never waits.
class CallLog final {
 public:
  /// One of `sample` calls that ended with OK is to be logged, at least 1, and
  /// all others. `log` must outlive this object.
  CallLog(Log& log, int sample) : log_(log), sample_(sample) {}

  /// Whether to log a call that ended so. Call it once for each.
  bool Wants(grpc::StatusCode code) {
    return code != grpc::StatusCode::OK || ok_++ % sample_ == 0;
  }

  /// Logs a call.
  void Write(const EndedCall& call);

 private:
  Log& log_;
  const int sample_;
  std::atomic<std::int64_t> ok_ = 0;  // calls that ended with OK
};

}  // namespace kv

#endif  // SERVER_CALL_LOG_H_
