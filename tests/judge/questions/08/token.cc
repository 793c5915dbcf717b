// Stage 08: the server rejects calls of every kind without the right token.
#include "absl/strings/ascii.h"
#include "questions/all.h"
#include "talk/guard_talk.h"
#include "talk/tokens.h"

namespace judge {
namespace {

void StartWithUsers(ServerTalk& talk) {
  StartTls(talk, {"--token_file=" + talk.File("tokens", UsersFile())},
           Token(kAlice));
}

void RightToken(ServerTalk& talk) {
  StartWithUsers(talk);
  LookAtHanging(talk);
  const auto first = talk.Get("judge/absent");
  talk.Expect(first.status().error_code() != StatusCode::DEADLINE_EXCEEDED,
              "an answer", first.Got());
  talk.LookAt(
      "the metadata key is `token`, and its value only the token. The file has "
      "lines of USER TOKEN, and comments");
  AllWork(talk);
  talk.LookAt("accept several users, and several tokens of one user");
  for (const char* const token : {kBob, kAlice2}) {
    talk.shared().caller.metadata = Token(token);
    AllWork(talk);
  }
}

void NoToken(ServerTalk& talk) {
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt("check every call of every kind, before you do anything");
  guarded.AllRefused({});
  talk.LookAt("an empty token is not a token");
  guarded.AllRefused(Token(""));
  talk.LookAt("accept a token only under the key `token`");
  guarded.AllRefused({{"authorization", kAlice}});
  guarded.AllRefused({{"authorization", absl::StrCat("Bearer ", kAlice)}});
  guarded.AllRefused({{"token-bin", kAlice}});
  guarded.AllRefused({{"x-token", kAlice}});
}

void WrongToken(ServerTalk& talk) {
  const std::string right = kAlice;
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt(
      "compare the whole token: a part, an addition or another case is wrong");
  guarded.AllRefused(Token("wr0ng-Qx7-pLm"));
  guarded.AllRefused(Token(right.substr(0, right.size() - 1)));
  guarded.AllRefused(Token(right.substr(0, 1)));
  guarded.AllRefused(Token(right + "x"));
  guarded.AllRefused(Token(right + " " + right));
  guarded.AllRefused(Token(absl::AsciiStrToLower(right)));
  guarded.AllRefused(Token(absl::AsciiStrToUpper(right)));
  talk.LookAt(
      "the user's name is not a token, nor is a whole line of the file");
  guarded.AllRefused(Token("alice"));
  guarded.AllRefused(Token("alice " + right));
  talk.LookAt("ignore comments in the token file");
  guarded.AllRefused(Token(kFormerly));
  guarded.AllRefused(Token("calls"));
  talk.LookAt("reject a long wrong token like a short one");
  guarded.AllRefused(Token(std::string(7000, 'x')));
  guarded.AllRefused(Token(right + std::string(7000, 'x')));
}

// gRPC itself accepts about 8 KiB of metadata and rejects more. Whether the
// client sees the status or a broken connection first is random.
void HugeToken(ServerTalk& talk) {
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt("reject a token of 8 KiB, and still answer the next call");
  for (const std::string& rpc : Guarded::All()) {
    if (!talk.going()) return;
    const Metadata metadata = Token(std::string(1 << 13, 'x'));
    talk.Sent(absl::StrCat(rpc, With(metadata)));
    AnyCall call(talk.shared().Connection(), rpc, absl::InfiniteFuture(),
                 metadata);
    call.Write(AnyMessage());  // when that fails, the status says why
    call.HalfClose();
    const auto end = call.End();
    const auto code = end.has_value() ? end->error_code() : grpc::OK;
    talk.Expect(code == grpc::UNAUTHENTICATED ||
                    code == grpc::RESOURCE_EXHAUSTED ||
                    code == grpc::UNAVAILABLE,
                "UNAUTHENTICATED; or RESOURCE_EXHAUSTED or UNAVAILABLE, from "
                "gRPC itself",
                !end.has_value() ? "the call still runs"
                : end->ok()      ? "OK"
                                 : Describe(*end));
  }
  guarded.Unchanged();
}

void TwoTokens(ServerTalk& talk) {
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt(
      "reject a call with two values of `token`, even if one of them is right. "
      "Count the values",
      "find() returns only one");
  guarded.AllRefused({{"token", "wrong"}, {"token", kAlice}});
  guarded.AllRefused({{"token", kAlice}, {"token", "wrong"}});
  guarded.AllRefused({{"token", ""}, {"token", kAlice}});
  guarded.AllRefused({{"token", kAlice}, {"token", ""}});
  guarded.AllRefused({{"token", kAlice}, {"token", kBob}});
  guarded.AllRefused({{"token", kAlice}, {"token", kAlice}});
}

void RefusedAtOnce(ServerTalk& talk) {
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt(
      "the metadata arrives before the first message. Reject the call then: do "
      "not read on, and do not wait for the half-close");
  for (const Metadata& metadata : {Metadata(), Token("wrong")}) {
    guarded.AreRefused({"Import", "Pipeline"}, metadata, InvalidSignature(),
                       Says::kNothing);
    guarded.AreRefused({"Import", "Pipeline", "List", "Watch"}, metadata,
                       InvalidSignature(), Says::kMessage);
  }
}

void Claim(ServerTalk& talk) {
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt(
      "only your own interceptor may set `auth-user`. Remove the value that a "
      "client sends: anybody can write it");
  for (const char* const user : {"alice", "bob"}) {
    guarded.AllRefused({{"auth-user", user}});
    guarded.AllRefused({{"auth-user", user}, {"token", "wrong"}});
  }
  talk.LookAt("do not reject a call with the right token for it");
  talk.shared().caller.metadata = {{"auth-user", "bob"}, {"token", kAlice}};
  AllWork(talk);
}

}  // namespace

std::vector<ServerQuestion> TokenQuestions() {
  return {
      {"token", "the right token works for every kind of call", 8, RightToken},
      {"token_missing", "no token: 16 \"Invalid signature\", all kinds", 8,
       NoToken},
      {"token_wrong", "a token that is not exactly right is rejected", 8,
       WrongToken},
      {"token_huge", "a token of 8 KiB is rejected", 8, HugeToken},
      {"token_twice", "two tokens are rejected in either order", 8, TwoTokens},
      {"token_at_once", "a rejection does not wait for the half-close", 8,
       RefusedAtOnce},
      {"token_claim", "auth-user from a client is ignored", 8, Claim},
  };
}

}  // namespace judge
