// The contract at other times: what a program built from an older or a
// carelessly edited kv.proto makes of today's bytes.
//
// A contract is data. These variants are not generated into classes: their
// .proto text is parsed when the program runs, and DynamicMessage does the
// rest.
#ifndef STAGE_VERSIONS_H_
#define STAGE_VERSIONS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <memory>

#include "absl/strings/string_view.h"

namespace kv {

// [versions]
/// An Entry from before `revision` was added.
inline constexpr absl::string_view kOldEntry =
    "message Entry { string key = 1; bytes value = 2; }";

/// An Entry whose fields 2 and 3 changed places: another wire type each.
inline constexpr absl::string_view kRenumberedEntry =
    "message Entry { string key = 1; int64 revision = 2; bytes value = 3; }";

/// An Entry whose fields 1 and 2 changed places: both are LEN on the wire.
inline constexpr absl::string_view kSwappedEntry =
    "message Entry { bytes value = 1; string key = 2; int64 revision = 3; }";
// [versions]

/// A message type known only by its text. Not thread-safe.
class Version final {
 public:
  /// `proto3_text` is one valid proto3 message definition.
  explicit Version(absl::string_view proto3_text);

  /// Returns an empty message of that type, which must not outlive this object.
  std::unique_ptr<google::protobuf::Message> NewMessage() const;

 private:
  google::protobuf::DescriptorPool
      pool_;  // first: the factory needs it to the end
  const google::protobuf::Descriptor* type_ = nullptr;
  mutable google::protobuf::DynamicMessageFactory factory_;
};

}  // namespace kv

#endif  // STAGE_VERSIONS_H_
