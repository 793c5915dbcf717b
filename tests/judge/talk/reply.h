// The result of one call, and expectations of it.
//
//   talk.Get(key).Is(Found(key, "1", revision));
//   talk.Get("").Fails(grpc::StatusCode::INVALID_ARGUMENT, "key");
#ifndef JUDGE_TALK_REPLY_H_
#define JUDGE_TALK_REPLY_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ask/conversation.h"
#include "ask/text.h"

namespace judge {

/// The answer to a call: a status and, if it is OK, a message.
template <class Response>
class Reply final {
 public:
  /// The conversation records the expectations, and must outlive the reply.
  Reply(Conversation& conversation, grpc::Status status, Response message)
      : conversation_(conversation),
        status_(std::move(status)),
        message_(std::move(message)) {}

  /// Expects OK and a message that equals `expected` in all fields.
  void Is(const Response& expected) const {
    conversation_.Expect(status_.ok() && Same(message_, expected),
                         absl::StrCat("OK ", Describe(expected)), Got());
  }

  /// Expects OK and any message.
  void IsOk() const { conversation_.Expect(status_.ok(), "OK", Got()); }

  /// Expects an error whose message contains a word.
  void Fails(grpc::StatusCode code, const std::string& word = "") const {
    std::string expected = CodeName(code);
    if (!word.empty()) {
      absl::StrAppend(&expected, " with a message that names \"", word, "\"");
    }
    conversation_.Expect(status_.error_code() == code &&
                             absl::StrContains(status_.error_message(), word),
                         expected, Got());
  }

  const grpc::Status& status() const { return status_; }
  /// Empty unless the status is OK.
  const Response& message() const { return message_; }
  /// Describes the status and the message.
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

#endif  // JUDGE_TALK_REPLY_H_
