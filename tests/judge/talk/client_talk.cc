#include "talk/client_talk.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ask/flags.h"
#include "ask/text.h"

namespace judge {
namespace {

// From this stage on, a client repeats calls unless it has --retry=false.
constexpr int kRepeats = 15;

bool MentionsRetry(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return absl::StartsWith(word, "--retry");
  });
}

}  // namespace

void ClientTalk::Begin(const std::string& name, int stage) {
  Conversation::Begin(name, stage);
  Serve(grpc::InsecureServerCredentials());
  tls_ = false;
}

void ClientTalk::Serve(
    const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  tls_ = true;
  recorder_ = std::make_unique<Recorder>(credentials);
  if (recorder_->address().empty()) {
    GiveUp("cannot listen on 127.0.0.1");
  }
  other_.reset();
  target_ = recorder_->address();
  Hide(target_, "HOST:PORT");
}

Recorder& ClientTalk::ServeAnother() {
  other_ = std::make_unique<Recorder>(grpc::InsecureServerCredentials());
  if (other_->address().empty()) GiveUp("cannot listen on 127.0.0.1");
  target_ = absl::StrCat("ipv4:", recorder_->address(), ",", other_->address());
  Hide(other_->address(), "HOST:PORT");
  return *other_;
}

void ClientTalk::AnswerWith(const google::protobuf::Message& message) {
  recorder_->AnswerWith(
      Answer{grpc::Status::OK, {message.SerializeAsString()}});
}

void ClientTalk::AnswerWith(const grpc::Status& status) {
  recorder_->AnswerWith(Answer{status, {}});
}

void ClientTalk::NeverAnswer() {
  Answer answer;
  answer.never = true;
  recorder_->AnswerWith(answer);
}

Outcome ClientTalk::Run(const std::vector<std::string>& words,
                        const std::string& input) {
  const auto process = Launch(words, input);
  return process == nullptr ? Outcome() : Wait(*process);
}

Outcome ClientTalk::RunIntoFull(const std::vector<std::string>& words) {
  output_full_ = true;
  Outcome outcome = Run(words);
  output_full_ = false;
  return outcome;
}

std::unique_ptr<Process> ClientTalk::Launch(
    const std::vector<std::string>& words, const std::string& input) {
  return LaunchAt(target_, words, input);
}

std::unique_ptr<Process> ClientTalk::LaunchAt(const std::string& target,
                                              std::vector<std::string> words,
                                              const std::string& input) {
  if (!going()) return nullptr;
  if (Stage() >= kRepeats && stage() < kRepeats && !MentionsRetry(words)) {
    words.insert(words.begin(), "--retry=false");
  }
  std::string typed = "client";
  if (absl::StrContains(target, ',')) {
    absl::StrAppend(&typed, " --target=", target);
  }
  for (const std::string& word : words) {
    const char* const quote = absl::StrContains(word, ' ') ? "'" : "";
    absl::StrAppend(&typed, " ", quote, word, quote);
  }
  if (input != "/dev/null") absl::StrAppend(&typed, " < ", input);
  if (output_full_) absl::StrAppend(&typed, " > /dev/full");
  Sent(typed);
  words_ = words;
  input_ = input;
  outcome_ = Outcome();
  std::vector<std::string> all;
  if (output_full_) all = {"sh", "-c", "exec \"$@\" > /dev/full", "sh"};
  all.insert(all.end(), command().begin(), command().end());
  all.push_back("--target=" + target);
  all.insert(all.end(), words.begin(), words.end());
  return StartProgram(all, *this, input);
}

Outcome ClientTalk::Wait(Process& process) {
  outcome_ = WaitForOutcome(process, *this);
  return outcome_;
}

}  // namespace judge
