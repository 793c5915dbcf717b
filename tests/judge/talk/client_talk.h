// Talks to the client that is judged: runs it against a server of the judge's
// own, which answers as the question wants and records what arrives.
#ifndef JUDGE_TALK_CLIENT_TALK_H_
#define JUDGE_TALK_CLIENT_TALK_H_

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "ask/conversation.h"
#include "ask/flags.h"
#include "ask/text.h"
#include "talk/outcome.h"
#include "talk/process.h"
#include "talk/recorder.h"
#include "talk/scratch.h"

namespace judge {

/// One client program under question. To be used from the main thread.
class ClientTalk final {
 public:
  /// @param command the client's words, without flags and command.
  /// @param conversation where all is noted; must outlive the talk.
  ClientTalk(std::vector<std::string> command, Conversation& conversation);
  ClientTalk(const ClientTalk&) = delete;
  ClientTalk& operator=(const ClientTalk&) = delete;
  ~ClientTalk() = default;

  /// @return the conversation.
  Conversation& conversation() { return conversation_; }
  /// As Conversation::LookAt().
  void LookAt(const std::string& thought) { conversation_.LookAt(thought); }
  /// To be called before each question.
  /// @param name the question's.
  void Begin(const std::string& name);
  /// Answers this question's calls with another server than the plain one.
  /// @param credentials how it proves who it is.
  void Serve(const std::shared_ptr<grpc::ServerCredentials>& credentials);

  /// Answers the next calls with OK.
  /// @param message what comes with it.
  void AnswerWith(const google::protobuf::Message& message);
  /// Answers the next calls with an error.
  /// @param status the error.
  void AnswerWith(const grpc::Status& status);
  /// Leaves the next calls without an answer.
  void NeverAnswer();
  /// Answers the next calls in any way.
  /// @param answer what they get, and when.
  void AnswerWith(const Answer& answer) { recorder_->AnswerWith(answer); }
  /// Answers the next calls one after the other.
  /// @param answers as Recorder::AnswerInTurn() takes them.
  void AnswerInTurn(const std::vector<Answer>& answers) {
    recorder_->AnswerInTurn(answers);
  }
  /// Ends the calls whose answer stopped before the status.
  void Release() { recorder_->Release(); }

  /// Writes a file, which is removed with the talk.
  /// @param name as the trace shows it.
  /// @param text what is in it.
  /// @return its path; empty when it can't be written: noted.
  std::string File(const std::string& name, const std::string& text) {
    return scratch_.File(name, text);
  }

  /// Runs the client to its end.
  /// @param words its flags and command, after --target.
  /// @param input the file that is its standard input.
  /// @return what it left; it failed to end in time: that is noted.
  Outcome Run(const std::vector<std::string>& words,
              const std::string& input = "/dev/null");
  /// As Run(), with nobody at the target's address.
  Outcome RunAgainstNobody(const std::vector<std::string>& words);

  /// Starts the client, to do more than to wait for its end.
  /// @param words its flags and command, after --target.
  /// @param input the file that is its standard input.
  /// @return its process; nullptr when it can't be started, which is noted.
  std::unique_ptr<Process> Launch(const std::vector<std::string>& words,
                                  const std::string& input = "/dev/null");
  /// Waits for the end of a client.
  /// @param process what Launch() gave.
  /// @return what it left; it failed to end in time: that is noted.
  Outcome Wait(Process& process);

  /// Waits until no call runs.
  /// @return the calls that arrived since the last time.
  std::vector<Received> TakeCalls() { return recorder_->Take(Patience()); }
  /// Expects that one call arrived: its messages, then the half-close.
  /// @param rpc its method, for example Get.
  /// @param messages how many there must be.
  /// @return the call; empty when the expectation failed.
  Received OneCall(const std::string& rpc, std::size_t messages = 1);
  /// Expects that certain calls arrived, each with its half-close.
  /// @param rpcs their methods in order, for example Get.
  /// @return the calls; empty when the expectation failed.
  std::vector<Received> Calls(const std::vector<std::string>& rpcs);
  /// Expects no call that a server would take for whole: none at all, or one
  /// that was cancelled before its half-close.
  void NoWholeCall();

  /// Expects an exit status of 0, text on stdout and nothing on stderr.
  /// @param outcome what Run() gave.
  /// @param text what standard output must have in it.
  void Succeeded(const Outcome& outcome, const std::string& text);
  /// Expects a status number as exit status, and one line on stderr.
  /// @param outcome what Run() gave.
  /// @param code the status code.
  /// @param message what follows `NAME: `; empty: anything.
  void Failed(const Outcome& outcome, grpc::StatusCode code,
              const std::string& message = "");
  /// As Failed(), of a client that printed something before.
  /// @param texts what standard output must have in it, in this order.
  void FailedAfter(const Outcome& outcome, grpc::StatusCode code,
                   const std::string& message,
                   const std::vector<std::string>& texts);
  /// Expects texts on stdout, in this order.
  /// @param outcome what Run() gave.
  /// @param texts what standard output must have in it.
  void Printed(const Outcome& outcome, const std::vector<std::string>& texts);
  /// Expects exit status 1 and one line on stderr, as of bad usage.
  /// @param outcome what Run() gave.
  /// @param word what the line must name.
  void Complained(const Outcome& outcome, const std::string& word);

 private:
  std::unique_ptr<Process> LaunchAt(const std::string& address,
                                    const std::vector<std::string>& words,
                                    const std::string& input);

  const std::vector<std::string> command_;
  Conversation& conversation_;
  // Each question has its own: a call that its client cancelled and left may
  // arrive after the client's end, and is not to be taken for the next one's.
  std::unique_ptr<Recorder> recorder_;
  Scratch scratch_;
};

/// Expects that a message is the one expected.
/// @param talk where that is noted.
/// @param call the call that carried it.
/// @param number its place, the first being 0.
/// @param expected all fields of it.
template <class Request>
void Carried(ClientTalk& talk, const Received& call, std::size_t number,
             const Request& expected) {
  if (!talk.conversation().going()) return;
  Request request;
  const bool parsed = call.messages.size() > number &&
                      request.ParseFromString(call.messages[number]);
  talk.conversation().Expect(
      parsed && Same(request, expected), Describe(expected),
      parsed ? Describe(request) : "bytes that are no such message");
}

/// Expects no metadata but gRPC's own.
/// @param talk where that is noted.
/// @param call the call that carried it.
/// @param key one more that may be there; empty: none.
void NoMetadataBut(ClientTalk& talk, const Received& call,
                   const std::string& key = "");

}  // namespace judge

#endif  // JUDGE_TALK_CLIENT_TALK_H_
