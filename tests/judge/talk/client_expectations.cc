// What questions expect of a client: its calls, output and exit status.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "talk/client_talk.h"

namespace judge {
namespace {

std::string Methods(const std::vector<Received>& calls) {
  if (calls.empty()) return "no call";
  return absl::StrJoin(calls, ", ", [](std::string* text, const auto& call) {
    absl::StrAppend(text, call.method);
  });
}

}  // namespace

Received ClientTalk::OneCall(const std::string& rpc, std::size_t messages) {
  if (!going()) return {};
  const std::string method =
      rpc.substr(0, 1) == "/" ? rpc : "/kv.v1.KeyValueService/" + rpc;
  const std::vector<Received> calls = TakeCalls();
  const std::string expected = "one call: " + method;
  if (calls.empty()) Expect(false, expected, "no call", WhyNoCall());
  Expect(calls.size() == 1 && calls[0].method == method, expected,
         Methods(calls));
  if (!going()) return {};
  const Received& call = calls[0];
  Expect(call.half_closed,
         "a half-close, which says that the client sends no more",
         absl::StrCat(call.messages.size(),
                      call.messages.size() == 1 ? " message" : " messages",
                      ", but no half-close"));
  Expect(call.messages.size() == messages,
         messages == 1 ? "one message" : absl::StrCat(messages, " messages"),
         absl::StrCat(call.messages.size()));
  return going() ? call : Received();
}

std::vector<Received> ClientTalk::Calls(const std::vector<std::string>& rpcs) {
  if (!going()) return {};
  std::vector<Received> calls = TakeCalls();
  const std::string wanted =
      absl::StrJoin(rpcs, ", ", [](std::string* text, const std::string& rpc) {
        absl::StrAppend(text, "/kv.v1.KeyValueService/", rpc);
      });
  if (calls.empty()) Expect(false, wanted, "no call", WhyNoCall());
  Expect(Methods(calls) == wanted, wanted, Methods(calls));
  for (const Received& call : calls) {
    Expect(call.half_closed, "a half-close after each request",
           "a call without a half-close");
  }
  return going() ? calls : std::vector<Received>();
}

void ClientTalk::NoWholeCall() {
  if (!going()) return;
  for (const Received& call : TakeCalls()) {
    Expect(!call.half_closed, "no call, or one that the client cancels",
           absl::StrCat("a half-close after ", call.messages.size(),
                        " messages, so a server would store them"));
  }
}

void ClientTalk::Succeeded(const Outcome& outcome, const std::string& text) {
  ExpectOf(outcome, outcome.status == 0, "exit status 0",
           absl::StrCat("exit status ", outcome.status), *this);
  Expect(outcome.err.empty(), "nothing on stderr", Output(outcome.err));
  Expect(absl::StrContains(outcome.out, text),
         absl::StrCat(Quoted(text), " in stdout"), Output(outcome.out));
}

void ClientTalk::FailedAfter(const Outcome& outcome, grpc::StatusCode code,
                             const std::string& message,
                             const std::vector<std::string>& texts) {
  ExpectOneLine(outcome, *this);
  const std::string start = absl::StrCat(CodeName(code), ": ", message);
  Expect(absl::StartsWith(outcome.err, start),
         absl::StrCat("a line that starts with ", Quoted(start)),
         Output(outcome.err));
  ExpectOf(outcome, outcome.status == code, absl::StrCat("exit status ", code),
           absl::StrCat("exit status ", outcome.status), *this);
  Printed(outcome, texts);
}

void ClientTalk::FailedAtLast(Outcome outcome, grpc::StatusCode code,
                              const std::string& message,
                              const std::vector<std::string>& texts) {
  std::string& err = outcome.err;
  const std::size_t last = err.size() < 2 ? 0 : err.size() - 2;
  err.erase(0, err.rfind('\n', last) + 1);  // npos + 1 is 0
  FailedAfter(outcome, code, message, texts);
}

void ClientTalk::Failed(const Outcome& outcome, grpc::StatusCode code,
                        const std::string& message) {
  FailedAfter(outcome, code, message, {});
  Expect(outcome.out.empty(), "nothing on stdout", Output(outcome.out));
}

void ClientTalk::Printed(const Outcome& outcome,
                         const std::vector<std::string>& texts) {
  std::size_t from = 0;
  for (const std::string& text : texts) {
    const std::size_t at = outcome.out.find(text, from);
    Expect(at != std::string::npos,
           absl::StrCat("stdout with ", absl::StrJoin(texts, ", "),
                        " in it, in this order"),
           Output(outcome.out));
    from = at + text.size();
  }
}

void HasLongDeadline(ClientTalk& talk, const Received& call) {
  talk.Expect(
      call.time_left > absl::Seconds(200) && call.time_left < absl::Hours(24),
      "a deadline in about 300 s",
      call.time_left < absl::Hours(24) ? "another deadline" : "no deadline");
}

void NoMetadataBut(ClientTalk& talk, const Received& call,
                   const std::string& key) {
  std::vector<std::string> others;
  for (const auto& [name, value] : call.metadata) {
    if (name != "user-agent" && !absl::StartsWith(name, "grpc-") &&
        name != "accept-encoding" && name != key) {
      others.push_back(name);
    }
  }
  talk.Expect(others.empty(),
              absl::StrCat("no metadata but ", key, key.empty() ? "" : " and ",
                           "gRPC's own"),
              absl::StrJoin(others, ", "));
}

void ClientTalk::Complained(const Outcome& outcome, const std::string& word) {
  ExpectComplaint(outcome, word, *this);
}

}  // namespace judge
