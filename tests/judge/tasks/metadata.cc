// Tasks of stage 07: additions to the metadata of a client's calls.
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/secure_talk.h"

namespace judge {
namespace {

// Starts a TLS server, and returns the client's flags for TLS and the token.
std::vector<std::string> Flags(ClientTalk& talk) {
  ServeTls(talk);
  return {Ca(), TokenFlag(AliceFile(talk))};
}

void WritesOnly(ClientTalk& talk) {
  const auto flags = Joined(Flags(talk), {"--token_for=writes"});
  talk.AnswerWith(grpc::Status(grpc::StatusCode::ABORTED, "as told"));
  for (const auto& [rpc, words] : Commands(talk)) {
    if (rpc == "Pipeline") continue;  // it can read and write
    const bool writes = rpc == "Put" || rpc == "Delete" || rpc == "Import";
    talk.LookAt(
        writes ? "Put, Delete and Import change the store and need the token"
               : "a method that only reads needs no token",
        "GetMetadata() gets the method's name");
    talk.Run(Joined(flags, words));
    const Received call = talk.OneCall(rpc);
    if (!talk.going()) return;
    const bool there = call.metadata.count("token") > 0;
    talk.Expect(there == writes,
                absl::StrCat(rpc, writes ? " with" : " without", " a token"),
                there ? "a call with a token" : "a call without a token");
  }
}

// Expects one call with an id that no earlier call had.
void HasId(ClientTalk& talk, std::vector<std::string>& others) {
  const Received call = talk.OneCall("Get");
  if (!talk.going()) return;
  const auto count = call.metadata.count("request-id");
  talk.Expect(count == 1, "metadata with one request-id",
              absl::StrCat(count, " of them"));
  if (count != 1) return;
  const std::string id = call.metadata.find("request-id")->second;
  talk.Expect(!id.empty(), "an id", "an empty one");
  for (const std::string& other : others) {
    talk.Expect(id != other, "a different id for each call",
                absl::StrCat("the same id again: ", Quoted(id)));
  }
  others.push_back(id);
}

void RequestId(ClientTalk& talk) {
  std::vector<std::string> ids;
  const std::vector<std::string> get = {"--request_id", "get", "city"};
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt(
      "add the id as metadata of the call: it is not a secret, so it may go "
      "over a plaintext connection",
      "context.AddMetadata()");
  talk.Succeeded(talk.Run(get), "Berlin");
  HasId(talk, ids);
  talk.Succeeded(talk.Run(get), "Berlin");
  HasId(talk, ids);
  talk.LookAt("send the id in addition to the token");
  const auto flags = Flags(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.Succeeded(talk.Run(Joined(flags, get)), "Berlin");
  HasId(talk, ids);
}

}  // namespace

std::vector<ClientQuestion> MetadataTasks() {
  return {
      {"writes_only", "--token_for=writes: no token for reads", 7, WritesOnly},
      {"request_id", "--request_id: each call has its own id", 7, RequestId},
  };
}

}  // namespace judge
