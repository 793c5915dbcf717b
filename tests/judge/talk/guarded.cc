#include <optional>

#include "absl/strings/str_cat.h"
#include "talk/guard_talk.h"
#include "talk/pipeline_talk.h"

namespace judge {
namespace {

AnyMessage Any(const google::protobuf::Message& message) {
  return Parsed<AnyMessage>(message.SerializeAsString());
}

std::string Described(const Refusal& refusal) {
  return refusal.message.empty()
             ? absl::StrCat("the status ", CodeName(refusal.code))
             : absl::StrCat("the status ", CodeName(refusal.code), ": ",
                            refusal.message);
}

// Describes a call in which the server sent a message instead of rejecting it.
std::string Answered(const std::string& rpc, AnyCall& call, Says says) {
  if (rpc == "Watch") return "a message, and more to come";
  if (says != Says::kAll) call.HalfClose();
  const std::optional<grpc::Status> end = call.End();
  if (!end.has_value()) return "a message, and the call stays open";
  return absl::StrCat("a message, then ", end->ok() ? "OK" : Describe(*end));
}

}  // namespace

Guarded::Guarded(ServerTalk& talk)
    : talk_(talk),
      there_(talk.Key("/there")),
      absent_(talk.Key("/absent")),
      revision_(talk.Revision() + 2) {
  talk_.Put(there_, "0").Is(Written(revision_ - 1));
  talk_.Put(there_, "1").Is(Written(revision_));
}

const std::vector<std::string>& Guarded::All() {
  static const std::vector<std::string> kAll = {
      "Get", "Put", "Delete", "List", "Watch", "Import", "Pipeline"};
  return kAll;
}

AnyMessage Guarded::Request(const std::string& rpc, std::string* what) const {
  const auto made = [what](const google::protobuf::Message& message) {
    *what = Describe(message);
    return Any(message);
  };
  if (rpc == "Put") return made(PutRequestOf(absent_, "2"));
  if (rpc == "Delete") return made(DeleteRequestOf(there_));
  if (rpc == "List") return made(ListRequestOf(there_));
  if (rpc == "Watch") return made(WatchRequestOf(there_, revision_ - 1));
  if (rpc == "Import") return made(ImportOf(absent_, "2"));
  if (rpc == "Pipeline") return made(PutOf(1, absent_, "2"));
  return made(GetRequestOf(there_));
}

void Guarded::IsRefusedOn(const std::shared_ptr<grpc::Channel>& channel,
                          const std::string& rpc, const Metadata& metadata,
                          const Refusal& refusal, Says says) const {
  Conversation& conversation = talk_;
  if (!conversation.going()) return;
  std::string what;
  const AnyMessage request = Request(rpc, &what);
  const std::string with =
      metadata.empty() ? " without a token" : With(metadata);
  conversation.Sent(
      says == Says::kNothing
          ? absl::StrCat(rpc, " and no message,", with)
          : absl::StrCat(rpc, " ", what, with,
                         says == Says::kMessage ? ", and no half-close" : ""));
  AnyCall call(channel, rpc, absl::InfiniteFuture(), metadata);
  // If these fail, the status says why.
  if (says != Says::kNothing) call.Write(request);
  if (says == Says::kAll) call.HalfClose();

  const std::string expected = Described(refusal);
  if (call.Read().has_value()) {
    conversation.Expect(false, expected, Answered(rpc, call, says));
    return;
  }
  const std::optional<grpc::Status> end = call.End();
  if (!end.has_value() && says == Says::kAll) LookAtHanging(conversation);
  conversation.Expect(end.has_value(), expected, "the call still runs");
  if (!end.has_value()) return;
  const bool same =
      end->error_code() == refusal.code &&
      (refusal.message.empty() || end->error_message() == refusal.message);
  std::string got;
  if (!same) got = end->ok() ? "OK" : Describe(talk_.Explain(*end));
  conversation.Expect(same, expected, got);
  conversation.Expect(!call.Header(kRevisionKey).has_value(),
                      "no initial metadata of a Watch before the status",
                      "kv-revision, which reveals the store's revision");
}

void Guarded::AreRefused(const std::vector<std::string>& rpcs,
                         const Metadata& metadata, const Refusal& refusal,
                         Says says) const {
  for (const std::string& rpc : rpcs) IsRefused(rpc, metadata, refusal, says);
  Unchanged();
}

void Guarded::AllRefused(const Metadata& metadata, const Refusal& refusal,
                         Says says) const {
  AreRefused(All(), metadata, refusal, says);
}

void Guarded::Unchanged() const {
  const std::string thought = talk_.look_at();
  talk_.LookAt(
      "a rejected call must change nothing: check the caller before the "
      "handler does anything, not at its end");
  talk_.Get(absent_).Fails(StatusCode::NOT_FOUND);
  talk_.Get(there_).Is(Found(there_, "1", revision_));
  talk_.RevisionStays(revision_);
  talk_.LookAt(thought);
}

}  // namespace judge
