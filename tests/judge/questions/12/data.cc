// Stage 12: a server that keeps its entries in a folder, and is killed.
#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/pipeline_talk.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

// The flag for a folder that does not exist yet. Each question needs another
// name.
std::string Data(ServerTalk& talk, const std::string& name) {
  return "--data=" + talk.Path(name);
}

// Kills the server, which can't notice it, and starts another one.
void StartAgain(ServerTalk& talk, const std::vector<std::string>& flags) {
  if (!talk.going()) return;
  talk.Sent("SIGKILL, and the server is started again");
  talk.Signal(SIGKILL);
  talk.shared().process->WaitForEnd(Patience());
  talk.StartOwn(flags);
}

// One write of each kind: 5 changes, which leave 3 entries.
void WriteAll(ServerTalk& talk) {
  talk.Put("a", "1").Is(Written(1));
  talk.Put("b", "2").Is(Written(2));
  talk.Delete("a").Is(Deleted(true, 3));
  if (!talk.going()) return;
  ImportStream import(talk.shared().channel, "Import");
  talk.Sent("Import c");
  import.Write(ImportOf("c", "4"));
  import.HalfClose();
  import.Read();
  import.End();
  const auto pipeline = OpenPipeline(talk);
  Answered(talk, pipeline, PutOf(1, "d", "5"), WrittenAnswer(1, 5));
}

void SurvivesKill(ServerTalk& talk) {
  talk.LookAt(
      "what was acknowledged must be there after SIGKILL: write it to the disk "
      "before you answer");
  const std::vector<std::string> flags = {Data(talk, "killed")};
  talk.StartOwn(flags);
  WriteAll(talk);
  StartAgain(talk, flags);
  Lists(talk, "",
        {EntryOf("b", "2", 2), EntryOf("c", "4", 4), EntryOf("d", "5", 5)});
  talk.LookAt("the revision goes on where it was");
  talk.Put("a", "6", 0).Is(Written(6));
}

void HistoryKept(ServerTalk& talk) {
  talk.LookAt("keep the changes, too, so that a Watch can go on");
  const std::vector<std::string> flags = {Data(talk, "history"), "--history=4"};
  talk.StartOwn(flags);
  WriteAll(talk);
  StartAgain(talk, flags);
  const auto watch = OpenWatch(talk, "", 2);
  Stands(talk, watch, 2);
  Next(talk, watch, DeleteChange("a", 3));
  Next(talk, watch, PutChange("c", "4", 4));
  Next(talk, watch, PutChange("d", "5", 5));
  talk.LookAt("a change that is no longer kept is OUT_OF_RANGE, not a gap");
  Ends(talk, OpenWatch(talk, "", 0), StatusCode::OUT_OF_RANGE);
}

// The name that a Watch sends, or an empty one.
std::string Name(ServerTalk& talk) {
  if (!talk.going()) return "";
  const auto watch = OpenWatch(talk, "");
  const auto name = watch->Header(kNameKey);
  talk.Expect(name.has_value() && !name->empty(),
              absl::StrCat("the metadata ", kNameKey), "none");
  return name.value_or("");
}

void StoreName(ServerTalk& talk) {
  talk.LookAt("the name belongs to the folder, not to the process");
  const std::vector<std::string> flags = {Data(talk, "name")};
  talk.StartOwn(flags);
  const std::string name = Name(talk);
  StartAgain(talk, flags);
  const std::string again = Name(talk);
  talk.Expect(again == name, "the same name as before", "another one");
  talk.LookAt("two stores never have the same name");
  talk.StartOwn({Data(talk, "another")});
  talk.Expect(Name(talk) != name, "another name for another folder",
              "the same one");
}

void OtherStore(ServerTalk& talk) {
  talk.LookAt(
      "a client that resumes sends the name of the store that it knows. If "
      "that is another one, its revision means nothing here");
  talk.StartOwn({Data(talk, "other")});
  const std::string name = Name(talk);
  for (const std::string& known : {name, name + "0"}) {
    if (!talk.going()) return;
    talk.Sent(absl::StrCat("Watch with the ", known == name ? "right" : "wrong",
                           " kv-store"));
    const auto watch = std::make_unique<WatchStream>(
        talk.shared().channel, "Watch", absl::InfiniteFuture(),
        Metadata{{kNameKey, known}});
    watch->Write(WatchRequestOf("", 0));
    watch->HalfClose();
    if (known == name) {
      Stands(talk, watch, 0);
    } else {
      Ends(talk, watch, StatusCode::FAILED_PRECONDITION);
    }
  }
}

void FolderTaken(ServerTalk& talk) {
  talk.LookAt("lock the folder: two servers would give a revision twice");
  const std::string data = Data(talk, "taken");
  talk.StartOwn({data});
  talk.Put("a", "1").Is(Written(1));
  talk.DoesNotStart({data});
  talk.Put("a", "2").Is(Written(2));
}

void BadFolder(ServerTalk& talk) {
  talk.LookAt("a folder that can't be used is named in one line");
  const std::string file = talk.File("a_file", "not a folder");
  talk.DoesNotStart({absl::StrCat("--data=", file)}, "a_file");
}

}  // namespace

std::vector<ServerQuestion> DataQuestions() {
  return {
      {"survives_kill", "with --data, writes are there after SIGKILL", 12,
       SurvivesKill},
      {"history_kept", "with --data, a Watch goes on after SIGKILL", 12,
       HistoryKept},
      {"store_name", "a store keeps its name, and has it alone", 12, StoreName},
      {"other_store", "a Watch of another store: FAILED_PRECONDITION", 12,
       OtherStore},
      {"folder_taken", "a second server with the same folder: exit 1", 12,
       FolderTaken},
      {"bad_folder", "a folder that is a file: exit 1", 12, BadFolder},
  };
}

}  // namespace judge
