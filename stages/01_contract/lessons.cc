#include "lessons.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "kv/v1/kv.pb.h"
#include "versions.h"
#include "wire.h"

namespace kv {
namespace {

using google::protobuf::Message;

// [berlin]
v1::Entry Berlin() {
  v1::Entry entry;
  entry.set_key("city");
  entry.set_value("Berlin");
  entry.set_revision(300);
  return entry;
}
// [berlin]

// Returns the message in text format, on one line. ShortDebugString() is no
// substitute: since protobuf 30 it adds a random word and hides unknown fields.
std::string Text(const Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  if (!printer.PrintToString(message, &text)) return "?";
  return std::string(absl::StripTrailingAsciiWhitespace(text));
}

void ShowBytes(std::ostream& out, const Message& message) {
  const std::string bytes = message.SerializeAsString();
  const auto fields = SplitFields(bytes);
  const std::string text = Text(message);
  out << (text.empty() ? "{}" : text) << " is " << bytes.size() << " bytes:\n"
      << Annotate(*fields, *message.GetDescriptor());
}

std::string Json(const Message& message) {
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json);
  return status.ok() ? json : std::string(status.message());
}

void Files(std::ostream& out) {
  out << "protoc generated these files from kv.proto:\n"
         "  C++                        Python          what is in it\n"
         "  kv.pb.h, kv.pb.cc          kv_pb2.py       messages: Entry, "
         "GetRequest, ...\n"
         "  kv.grpc.pb.h, .grpc.pb.cc  kv_pb2_grpc.py  the service: stub and "
         "servicer\n"
         "A client calls KeyValueService::Stub (Python: KeyValueServiceStub).\n"
         "A server derives from KeyValueService::Service "
         "(KeyValueServiceServicer).\n"
         "The service has these rpcs:\n";
  const auto* service = v1::Entry::descriptor()->file()->service(0);
  for (int i = 0; i < service->method_count(); ++i) {
    const auto* rpc = service->method(i);
    out << "  /" << service->full_name() << "/" << rpc->name()
        << (rpc->client_streaming() ? ", many requests" : ", one request")
        << (rpc->server_streaming() ? ", many responses\n"
                                    : ", one response\n");
  }
}

void Wire(std::ostream& out) {
  ShowBytes(out, Berlin());
  out << "The bytes have no names and no types: those are only in kv.proto.\n";
}

void JsonForm(std::ostream& out) {
  out << Json(Berlin()) << "\n"
      << "In JSON, bytes are base64 and an int64 is a string, because a\n"
         "JavaScript number can't hold 64 bits.\n";
  v1::Entry back;
  const auto status =
      google::protobuf::util::JsonStringToMessage(Json(Berlin()), &back);
  const bool same =
      status.ok() &&
      google::protobuf::util::MessageDifferencer::Equals(back, Berlin());
  out << "Entry to JSON to Entry: " << (same ? "equal" : "different") << "\n";
  out << "Entry to bytes to Entry: "
      << (back.ParseFromString(Berlin().SerializeAsString()) &&
                  google::protobuf::util::MessageDifferencer::Equals(back,
                                                                     Berlin())
              ? "equal"
              : "different")
      << "\n";
}

void Presence(std::ostream& out) {
  v1::Entry entry;
  entry.set_revision(0);
  ShowBytes(out, entry);
  out << "A plain field with its default value is not sent: the reader can't\n"
         "tell 0 from unset.\n";
  // [presence]
  v1::PutRequest request;
  request.set_key("city");
  out << "has_expected_revision() is " << std::boolalpha
      << request.has_expected_revision() << ": ";
  ShowBytes(out, request);
  request.set_expected_revision(0);
  // [presence]
  out << "has_expected_revision() is " << request.has_expected_revision()
      << ": ";
  ShowBytes(out, request);
  out << "An `optional` field is sent whenever it is set, even to 0.\n";
}

void Unknown(std::ostream& out) {
  const std::string sent = Berlin().SerializeAsString();
  const Version old(kOldEntry);
  const auto message = old.NewMessage();
  if (!message->ParseFromString(sent)) return;  // valid bytes always parse
  const auto& unknown = message->GetReflection()->GetUnknownFields(*message);
  out << "An old program was built from: " << kOldEntry << "\n"
      << "It reads today's bytes as: " << Text(*message) << "\n"
      << "It keeps " << unknown.field_count() << " unknown field: number "
      << unknown.field(0).number() << ", value " << unknown.field(0).varint()
      << "\n"
      << "When it serializes the message again, the bytes are "
      << (message->SerializeAsString() == sent ? "the same" : "different")
      << ".\n";
}

void Renumbered(std::ostream& out) {
  for (const auto text : {kRenumberedEntry, kSwappedEntry}) {
    const Version version(text);
    const auto message = version.NewMessage();
    const bool parsed = message->ParseFromString(Berlin().SerializeAsString());
    out << "A program built from: " << text << "\n"
        << "  parses today's bytes: "
        << (parsed ? "yes, without an error" : "no")
        << "\n  and sees: " << Text(*message) << "\n";
  }
  out << "Never change a field's number. Add a new field instead, and mark\n"
         "the number of a deleted field as `reserved`.\n";
}

void Garbage(std::ostream& out) {
  const std::string whole = Berlin().SerializeAsString();
  for (const std::string& bytes :
       {whole.substr(0, 9), std::string("\x07hello"), std::string("hello")}) {
    out << "\"" << absl::CHexEscape(bytes) << "\"\n"
        << "  Entry::ParseFromString: " << std::boolalpha
        << v1::Entry().ParseFromString(bytes) << "\n"
        << "  why: " << SplitFields(bytes).status().message() << "\n";
  }
  out << "ParseFromString only returns false, without a reason. Check it.\n";
}

}  // namespace

const std::vector<Lesson>& Lessons() {
  static const auto& lessons = *new std::vector<Lesson>{
      {"files", "what protoc generates from the contract", Files},
      {"wire", "the bytes of a message", Wire},
      {"json", "the same message as JSON, and back", JsonForm},
      {"presence", "unset, or set to the default value", Presence},
      {"unknown", "how an old program reads a new field", Unknown},
      {"renumbered", "what a changed field number does", Renumbered},
      {"garbage", "input that is not a message", Garbage},
  };
  return lessons;
}

}  // namespace kv
