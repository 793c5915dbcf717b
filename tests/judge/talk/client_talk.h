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
class ClientTalk final : public Conversation {
 public:
  /// Takes the words that start the client, without flags and command.
  explicit ClientTalk(std::vector<std::string> command)
      : command_(std::move(command)) {}

  /// To be called before each question.
  void Begin(const std::string& name);
  /// Answers this question's calls with another server than the plain one.
  void Serve(const std::shared_ptr<grpc::ServerCredentials>& credentials);

  /// Answers the next calls with OK and a message.
  void AnswerWith(const google::protobuf::Message& message);
  /// Answers the next calls with an error.
  void AnswerWith(const grpc::Status& status);
  /// Leaves the next calls without an answer.
  void NeverAnswer();
  /// Answers the next calls in any way.
  void AnswerWith(const Answer& answer) { recorder_->AnswerWith(answer); }
  /// As Recorder::AnswerInTurn().
  void AnswerInTurn(const std::vector<Answer>& answers) {
    recorder_->AnswerInTurn(answers);
  }
  /// Ends the calls whose answer stopped before the status.
  void Release() { recorder_->Release(); }

  /// As Scratch::File().
  std::string File(const std::string& name, const std::string& text) {
    return scratch_.File(name, text);
  }

  /// Runs the client to its end: with flags and a command that follow --target,
  /// and a file as its standard input.
  Outcome Run(const std::vector<std::string>& words,
              const std::string& input = "/dev/null");
  /// As Run(), with nobody at the target's address.
  Outcome RunAgainstNobody(const std::vector<std::string>& words);

  /// As Run(), without waiting for its end; nullptr when it can't be started,
  /// which is noted.
  std::unique_ptr<Process> Launch(const std::vector<std::string>& words,
                                  const std::string& input = "/dev/null");
  /// Waits for the end of a client that was launched.
  Outcome Wait(Process& process);

  /// Waits until no call runs, and gives those that arrived since the last
  /// time.
  std::vector<Received> TakeCalls() { return recorder_->Take(Patience()); }
  /// Expects that one call of an rpc arrived: so many messages, then the
  /// half-close. The result is empty when it did not.
  Received OneCall(const std::string& rpc, std::size_t messages = 1);
  /// Expects calls of these rpcs in this order, each with its half-close. The
  /// result is empty when others arrived.
  std::vector<Received> Calls(const std::vector<std::string>& rpcs);
  /// Expects no call that a server would take for whole: none at all, or one
  /// that was cancelled before its half-close.
  void NoWholeCall();

  /// Expects an exit status of 0, nothing on stderr, and a text in stdout.
  void Succeeded(const Outcome& outcome, const std::string& text);
  /// Expects a status code as exit status, and one line on stderr, in which the
  /// message follows `NAME: `; empty: anything.
  void Failed(const Outcome& outcome, grpc::StatusCode code,
              const std::string& message = "");
  /// As Failed(), of a client that printed these texts before, in this order.
  void FailedAfter(const Outcome& outcome, grpc::StatusCode code,
                   const std::string& message,
                   const std::vector<std::string>& texts);
  /// Expects texts in stdout, in this order.
  void Printed(const Outcome& outcome, const std::vector<std::string>& texts);
  /// As ExpectComplaint().
  void Complained(const Outcome& outcome, const std::string& word);

 private:
  std::unique_ptr<Process> LaunchAt(const std::string& address,
                                    const std::vector<std::string>& words,
                                    const std::string& input);

  const std::vector<std::string> command_;
  // Each question has its own: a call that its client cancelled and left may
  // arrive after the client's end, and is not to be taken for the next one's.
  std::unique_ptr<Recorder> recorder_;
  Scratch scratch_{*this};
};

/// Expects a message of a call, all fields of it; the first has the number 0.
template <class Request>
void Carried(ClientTalk& talk, const Received& call, std::size_t number,
             const Request& expected) {
  if (!talk.going()) return;
  Request request;
  const bool parsed = call.messages.size() > number &&
                      request.ParseFromString(call.messages[number]);
  talk.Expect(parsed && Same(request, expected), Describe(expected),
              parsed ? Describe(request) : "bytes that are no such message");
}

/// Expects that kLong became the call's deadline.
void HasLongDeadline(ClientTalk& talk, const Received& call);

/// Expects no metadata but gRPC's own, and a key that may be there.
void NoMetadataBut(ClientTalk& talk, const Received& call,
                   const std::string& key = "");

}  // namespace judge

#endif  // JUDGE_TALK_CLIENT_TALK_H_
