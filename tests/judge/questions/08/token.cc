// Stage 08: calls without the right token are refused, whatever their kind.
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
  talk.LookAt(
      "the key is `token`, its value the token alone; the file has lines of "
      "USER TOKEN, and comments");
  StartWithUsers(talk);
  AllWork(talk);
  talk.LookAt("there are several users, and a user may have several tokens");
  for (const char* const token : {kBob, kAlice2}) {
    talk.shared().caller.metadata = Token(token);
    AllWork(talk);
  }
}

void NoToken(ServerTalk& talk) {
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt("look at every call of every kind, and refuse before you do");
  guarded.AllRefused({});
  talk.LookAt("an empty token is none");
  guarded.AllRefused(Token(""));
  talk.LookAt("the key is `token`: what comes under another one is no token");
  guarded.AllRefused({{"authorization", kAlice}});
  guarded.AllRefused({{"authorization", absl::StrCat("Bearer ", kAlice)}});
  guarded.AllRefused({{"token-bin", kAlice}});
  guarded.AllRefused({{"x-token", kAlice}});
}

void WrongToken(ServerTalk& talk) {
  const std::string right = kAlice;
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt("a token is right as a whole, or it is wrong");
  guarded.AllRefused(Token("wr0ng-Qx7-pLm"));
  guarded.AllRefused(Token(right.substr(0, right.size() - 1)));
  guarded.AllRefused(Token(right.substr(0, 1)));
  guarded.AllRefused(Token(right + "x"));
  guarded.AllRefused(Token(right + " " + right));
  guarded.AllRefused(Token(absl::AsciiStrToLower(right)));
  guarded.AllRefused(Token(absl::AsciiStrToUpper(right)));
  talk.LookAt("a user is no token, nor is a whole line of the file");
  guarded.AllRefused(Token("alice"));
  guarded.AllRefused(Token("alice " + right));
  talk.LookAt("what stands in a comment counts for nothing");
  guarded.AllRefused(Token(kFormerly));
  guarded.AllRefused(Token("calls"));
  talk.LookAt("a long token is as wrong as a short one");
  guarded.AllRefused(Token(std::string(7000, 'x')));
  guarded.AllRefused(Token(right + std::string(7000, 'x')));
}

// gRPC itself takes about 8 KiB of metadata, and breaks off at more: whether
// the status or the broken connection comes first is chance.
void HugeToken(ServerTalk& talk) {
  StartWithUsers(talk);
  const Guarded guarded(talk);
  talk.LookAt("8 KiB are no token: refuse it, and be there for the next call");
  for (const std::string& rpc : Guarded::All()) {
    if (!talk.going()) return;
    const Metadata metadata = Token(std::string(1 << 13, 'x'));
    talk.Sent(absl::StrCat(rpc, With(metadata)));
    AnyCall call(talk.shared().Connection(), rpc, absl::InfiniteFuture(),
                 metadata);
    call.Write(AnyMessage());  // when that fails, the end says why
    call.HalfClose();
    const auto end = call.End();
    const auto code = end.has_value() ? end->error_code() : grpc::OK;
    talk.Expect(
        code == grpc::UNAUTHENTICATED || code == grpc::RESOURCE_EXHAUSTED ||
            code == grpc::UNAVAILABLE,
        "UNAUTHENTICATED; or RESOURCE_EXHAUSTED or UNAVAILABLE, from gRPC "
        "itself",
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
      "a call with two values of `token` says two things: refuse it, whichever "
      "of them is right. Count the values, a lookup gives only one");
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
      "who calls is known before the first message: do not read on, and do not "
      "wait for the half-close");
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
      "`auth-user` is what your own interceptor says. Take away what a client "
      "sends under that key: anybody can write it");
  for (const char* const user : {"alice", "bob"}) {
    guarded.AllRefused({{"auth-user", user}});
    guarded.AllRefused({{"auth-user", user}, {"token", "wrong"}});
  }
  talk.LookAt("and do not refuse a right token for it");
  talk.shared().caller.metadata = {{"auth-user", "bob"}, {"token", kAlice}};
  AllWork(talk);
}

}  // namespace

std::vector<ServerQuestion> TokenQuestions() {
  return {
      {"token", "the right token opens every kind of call", 8, RightToken},
      {"token_missing", "no token: 16 \"Invalid signature\", all kinds", 8,
       NoToken},
      {"token_wrong", "a token that is not the whole is refused", 8,
       WrongToken},
      {"token_huge", "8 KiB of token are refused", 8, HugeToken},
      {"token_twice", "two tokens are refused in either order", 8, TwoTokens},
      {"token_at_once", "a refusal does not wait for the half-close", 8,
       RefusedAtOnce},
      {"token_claim", "auth-user from a client counts for nothing", 8, Claim},
  };
}

}  // namespace judge
