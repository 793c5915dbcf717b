// The wrong client's commands list, watch, import and pipeline.
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "kv/v1/kv.grpc.pb.h"
#include "wrong/client.h"
#include "wrong/mistake.h"

ABSL_FLAG(std::int32_t, limit, 0, "");
ABSL_FLAG(std::optional<std::int64_t>, after_revision, std::nullopt, "");
ABSL_FLAG(std::string, resume, "", "file");

namespace wrong {
namespace {

using kv::v1::KeyValueService;
using Words = std::vector<std::string>;
using Sent = std::vector<kv::v1::ImportRequest>;

// The exit status for a line that is not a valid message, or for a file that
// can't be read.
constexpr int kBadInput = 1;

std::string Line(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string line;
  if (!printer.PrintToString(message, &line)) return "?";
  absl::StripTrailingAsciiWhitespace(&line);
  return line;
}

std::string Text(const kv::v1::Entry& entry) {
  return absl::CHexEscape(entry.key()) + " = " +
         absl::CHexEscape(entry.value()) + " (" +
         std::to_string(entry.revision()) + ")";
}

// Prints a line and flushes it; with a mistake the line stays in the buffer.
void Print(const std::string& line) {
  std::cout << line << "\n";
  if (!Mistake("watch_buffers")) std::cout << std::flush;
}

// Sets up the context of another attempt.
void Again(const grpc::ClientContext& first, grpc::ClientContext& again) {
  absl::SleepFor(absl::Milliseconds(20));
  Prepare(again);
  again.set_deadline(first.deadline());
}

int List(KeyValueService::Stub& stub, grpc::ClientContext& context,
         const Words& words) {
  kv::v1::ListRequest request;
  if (words.size() > 1) request.set_prefix(words[1]);
  if (!Mistake("list_ignores_limit")) {
    request.set_limit(absl::GetFlag(FLAGS_limit));
  }
  const auto reader = stub.List(&context, request);
  kv::v1::ListResponse response;
  std::string lines;
  const bool whole =
      Mistake("list_prints_all_or_none") ||
      (absl::GetFlag(FLAGS_retry) && !Mistake("list_prints_both"));
  while (reader->Read(&response)) {
    for (const kv::v1::Entry& entry : response.entries()) {
      lines += Text(entry) + "\n";
    }
    if (!whole) {
      std::cout << lines << std::flush;
      lines.clear();
    }
    if (!std::cout && !Mistake("list_goes_on_in_vain")) context.TryCancel();
    if (Mistake("list_reads_one")) break;
  }
  if (Mistake("list_reads_one")) context.TryCancel();
  const grpc::Status status = reader->Finish();
  if (Repeats(status) && !Mistake("list_gives_up")) {
    grpc::ClientContext again;
    Again(context, again);
    return List(stub, again, words);
  }
  const bool all = Mistake("list_reads_one") || Mistake("list_half_is_all");
  const bool printed = status.ok() || !whole || Mistake("list_prints_a_part");
  if (printed) std::cout << lines;
  return all ? 0 : Tell(status);
}

// Where a watch goes on after it broke.
struct Progress {
  std::optional<std::int64_t> after;
  std::string store;
};

int Watch(KeyValueService::Stub& stub, grpc::ClientContext& context,
          const Words& words, Progress progress = {}) {
  kv::v1::WatchRequest request;
  if (words.size() > 1) request.set_prefix(words[1]);
  auto after = absl::GetFlag(FLAGS_after_revision);
  const std::string place = absl::GetFlag(FLAGS_resume);
  std::string store;
  if (std::int64_t revision = 0;
      std::ifstream(place) >> store >> revision && !place.empty()) {
    if (!Mistake("resumes_at_the_end")) after = revision;
    if (!Mistake("names_no_store")) context.AddMetadata("kv-store", store);
  }
  if (progress.after) after = progress.after;
  if (!progress.store.empty() && !Mistake("continues_in_any_store")) {
    context.AddMetadata("kv-store", progress.store);
  }
  if (after && !Mistake("watch_begins_now")) {
    request.set_after_revision(*after);
  }
  if (Mistake("watch_begins_at_1") && !after) {
    request.set_after_revision(1);
  }
  const auto reader = stub.Watch(&context, request);
  reader->WaitForInitialMetadata();
  const auto& headers = context.GetServerInitialMetadata();
  const auto revision = headers.find("kv-revision");
  if (revision != headers.end() && !Mistake("watch_hides_revision")) {
    Print("after " +
          std::string(revision->second.data(), revision->second.size()));
  }
  if (const auto name = headers.find("kv-store"); name != headers.end()) {
    store = std::string(name->second.data(), name->second.size());
    progress.store = store;
  }
  if (std::int64_t begin = 0;
      revision != headers.end() && !Mistake("forgets_headers") &&
      absl::SimpleAtoi(
          std::string(revision->second.data(), revision->second.size()),
          &begin)) {
    progress.after = begin;
  }
  kv::v1::WatchResponse response;
  while (reader->Read(&response)) {
    progress.after = response.entry().revision();
    if (!place.empty() && !Mistake("keeps_no_place")) {
      std::ofstream(place) << store << " " << response.entry().revision();
    }
    Print((response.change_type() == kv::v1::WatchResponse::CHANGE_TYPE_DELETE
               ? "delete "
               : "put ") +
          Text(response.entry()));
    if (!std::cout && !Mistake("watch_goes_on_in_vain")) context.TryCancel();
  }
  const grpc::Status end = reader->Finish();
  const bool useless = !std::cout && !Mistake("begins_again_in_vain");
  if (Repeats(end) && !useless && !Mistake("watch_gives_up")) {
    if (Mistake("begins_at_zero") && !progress.after) progress.after = 0;
    if (Mistake("watch_begins_again")) progress = {};
    grpc::ClientContext again;
    Again(context, again);
    return Watch(stub, again, words, progress);
  }
  const int status = Tell(end);
  if (status != 14 && Mistake("drops_its_place")) std::ofstream(place).flush();
  return Mistake("interrupted_is_well") && status == 1 ? 0 : status;
}

// Calls a function with each message of the input, until it returns false.
template <class Request, class Take>
int ForEach(const Words& words, Take take) {
  std::ifstream file;
  if (words.size() > 1) {
    file.open(words[1]);
    struct stat about {};
    stat(words[1].c_str(), &about);
    const bool folder =
        S_ISDIR(about.st_mode) && !Mistake("import_folder_is_empty");
    if (folder || (!file && !Mistake("import_absent_is_empty"))) {
      std::cerr << "cannot read " << words[1] << "\n";
      return kBadInput;
    }
  }
  std::istream& input = words.size() > 1 ? file : std::cin;
  int number = 0;
  for (std::string line; std::getline(input, line);) {
    ++number;
    Request request;
    if (!google::protobuf::util::JsonStringToMessage(line, &request).ok()) {
      if (Mistake("import_skips_bad_lines")) continue;
      std::cerr << "line " << number << " is bad\n";
      return kBadInput;
    }
    if (!take(request)) break;
  }
  return 0;
}

// After a lost answer, looks whether the entries are there, with revisions that
// follow one another. Returns the last of these, or 0.
std::int64_t LastRevision(KeyValueService::Stub& stub,
                          grpc::ClientContext& context, const Sent& sent) {
  std::map<std::string, std::string> mine;
  for (const auto& request : sent) mine[request.key()] = request.value();
  std::set<std::int64_t> found;
  const auto reader = stub.List(&context, {});
  kv::v1::ListResponse response;
  while (reader->Read(&response)) {
    for (const kv::v1::Entry& entry : response.entries()) {
      const auto one = mine.find(entry.key());
      if (one == mine.end()) continue;
      if (one->second == entry.value() || Mistake("import_takes_any_value")) {
        found.insert(entry.revision());
      }
    }
  }
  if (!reader->Finish().ok() || found.empty() || found.size() != mine.size()) {
    return 0;
  }
  const std::int64_t span = *found.rbegin() - *found.begin() + 1;
  const bool dense = span == static_cast<std::int64_t>(found.size());
  return dense || Mistake("import_takes_any_revision") ? *found.rbegin() : 0;
}

int Import(KeyValueService::Stub& stub, grpc::ClientContext& context,
           const Words& words, Sent sent = {}) {
  if (words.size() == 1 && Mistake("import_needs_a_file")) {
    std::cerr << "usage: import FILE\n";
    return kBadInput;
  }
  kv::v1::ImportResponse response;
  const auto writer = stub.Import(&context, &response);
  bool refused = false;
  const auto take = [&](const kv::v1::ImportRequest& request) {
    while (!writer->Write(request)) {
      refused = true;
      if (!Mistake("import_writes_again")) return false;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return true;
  };
  int bad = 0;
  if (sent.empty() || Mistake("reads_stdin_again")) {
    bad = ForEach<kv::v1::ImportRequest>(words, [&](const auto& request) {
      sent.push_back(request);
      return take(request);
    });
  } else {
    for (const auto& request : sent) take(request);
  }
  if (refused && Mistake("import_explains_itself")) {
    std::cerr << "cannot write\n";
    return kBadInput;
  }
  if (bad != 0 && !Mistake("import_half_is_all")) context.TryCancel();
  if (!Mistake("import_never_half_closes")) writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (bad != 0) return bad;
  if (RetryMilliseconds(status) >= 0 && absl::GetFlag(FLAGS_retry) &&
      !Mistake("import_gives_up")) {
    grpc::ClientContext again;
    Again(context, again);
    return Import(stub, again, words, sent);
  }
  if (RetryMilliseconds(status) < 0 && Repeats(status) &&
      !Mistake("import_never_looks")) {
    grpc::ClientContext look;
    Again(context, look);
    if (const auto last = LastRevision(stub, look, sent); last > 0) {
      std::cout << sent.size() << " entries, revision " << last << "\n";
      return 0;
    }
  }
  if (status.ok()) {
    std::cout << response.imported_count() << " entries, revision "
              << response.revision() << "\n";
  }
  return Tell(status);
}

int Pipeline(KeyValueService::Stub& stub, grpc::ClientContext& context,
             const Words& words) {
  const auto stream = stub.Pipeline(&context);
  const auto write = [&](const kv::v1::PipelineRequest& request) {
    return stream->Write(request);
  };
  int bad = 0;
  int failed = 0;
  std::thread writer([&] {
    bad = ForEach<kv::v1::PipelineRequest>(words, write);
    if (bad != 0 && Mistake("pipeline_waits_after_bad_line")) return;
    if (bad != 0) context.TryCancel();
    stream->WritesDone();
  });
  if (Mistake("pipeline_writes_first")) writer.join();
  kv::v1::PipelineResponse response;
  while (stream->Read(&response)) {
    if (response.code() != 0) failed = response.code();
    if (response.code() != 0 && Mistake("pipeline_hides_failures")) continue;
    Print(absl::CHexEscape(Line(response)));
    if (!std::cout && !Mistake("pipeline_goes_on_in_vain")) context.TryCancel();
  }
  if (writer.joinable()) writer.join();
  const grpc::Status status = stream->Finish();
  if (bad != 0) return bad;
  if (failed != 0 && Mistake("pipeline_fails_as_an_operation")) return failed;
  return Tell(status);
}

}  // namespace

int RunStream(const std::shared_ptr<grpc::Channel>& channel,
              const Words& words) {
  // SIGINT cancels the call. main() has blocked it, so that the thread below
  // can wait for it.
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  const auto stub = KeyValueService::NewStub(channel);
  grpc::ClientContext context;
  Prepare(context);
  absl::Duration timeout = absl::GetFlag(FLAGS_timeout);
  if (Mistake("import_never_half_closes")) timeout = absl::Seconds(1);
  if (words[0] != "watch" || !Mistake("watch_has_no_deadline")) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  }
  if (!Mistake("dies_of_sigint")) {
    // The thread needs no join: the process calls _exit() before it destroys
    // the context.
    std::thread([&] {
      int number = 0;
      do {
        sigwait(&interrupt, &number);
      } while (Mistake("ignores_sigint"));
      context.TryCancel();
    }).detach();
  }
  int status = 0;
  if (words[0] == "list") {
    status = List(*stub, context, words);
  } else if (words[0] == "watch") {
    status = Watch(*stub, context, words);
  } else if (words[0] == "import") {
    status = Import(*stub, context, words);
  } else {
    status = Pipeline(*stub, context, words);
  }
  std::cout << std::flush;
  _exit(status);
}

}  // namespace wrong
