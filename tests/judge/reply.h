// What came back from one call, and the two things to expect of it.
//
//   talk.Get(key).Is(Found(key, "1", revision));
//   talk.Get("").Fails(grpc::StatusCode::INVALID_ARGUMENT, "key");
#ifndef JUDGE_REPLY_H_
#define JUDGE_REPLY_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "conversation.h"
#include "text.h"

namespace judge {

/// The answer to a call.
/// @tparam Response the message that comes with OK.
template <class Response>
class Reply final {
 public:
  /// @param conversation where expectations are noted; must outlive the reply.
  /// @param status what the call ended with.
  /// @param message what came with it.
  Reply(Conversation& conversation, grpc::Status status, Response message)
      : conversation_(conversation),
        status_(std::move(status)),
        message_(std::move(message)) {}

  /// Expects OK and a message.
  /// @param expected the message, all fields of it.
  void Is(const Response& expected) const {
    conversation_.Expect(status_.ok() && Same(message_, expected),
                         absl::StrCat("OK ", Describe(expected)), Got());
  }

  /// Expects OK, whatever comes with it.
  void IsOk() const { conversation_.Expect(status_.ok(), "OK", Got()); }

  /// Expects an error.
  /// @param code its status code.
  /// @param word what its message must name; empty: nothing.
  void Fails(grpc::StatusCode code, const std::string& word = "") const {
    std::string expected = CodeName(code);
    if (!word.empty()) {
      absl::StrAppend(&expected, " with a message that names \"", word, "\"");
    }
    conversation_.Expect(status_.error_code() == code &&
                             absl::StrContains(status_.error_message(), word),
                         expected, Got());
  }

  /// @return the status.
  const grpc::Status& status() const { return status_; }
  /// @return the message, empty unless the status is OK.
  const Response& message() const { return message_; }
  /// @return both in words.
  std::string Got() const {
    return status_.ok() ? absl::StrCat("OK ", Describe(message_))
                        : Describe(status_);
  }

 private:
  Conversation& conversation_;
  grpc::Status status_;
  Response message_;
};

}  // namespace judge

#endif  // JUDGE_REPLY_H_
