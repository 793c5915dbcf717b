// Stage 02: what Get, Put and Delete do to the store.
#include "questions/all.h"

namespace judge {
namespace {

void PutThenGet(ServerTalk& talk) {
  talk.LookAt(
      "the response to a Put needs the store's revision after the write",
      "response->set_revision()");
  const std::string key = talk.Key();
  const std::string other = talk.Key("/other");
  const auto put = talk.Put(key, "1");
  put.IsOk();
  talk.Expect(put.message().revision() > 0, "a revision greater than 0",
              put.Got());
  const auto put_other = talk.Put(other, "2");
  put_other.IsOk();
  talk.LookAt(
      "the response to a Get needs all three fields: key, value, and the "
      "revision of the last Put of this key");
  talk.Get(key).Is(Found(key, "1", put.message().revision()));
  talk.Get(other).Is(Found(other, "2", put_other.message().revision()));
}

void AnyValue(ServerTalk& talk) {
  talk.LookAt(
      "a value is any bytes: not only text, and it does not end at a NUL byte");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  const std::string binary("a\0b\xff\n", 5);
  talk.Put(key, binary).Is(Written(revision + 1));
  talk.Get(key).Is(Found(key, binary, revision + 1));
  talk.LookAt("an empty value is a value, so its key exists");
  talk.Put(key, "").Is(Written(revision + 2));
  talk.Get(key).Is(Found(key, "", revision + 2));
  talk.LookAt("a value may have exactly 1048576 bytes");
  const std::string large(kMaxValueBytes, 'x');
  talk.Put(key, large).Is(Written(revision + 3));
  talk.Get(key).Is(Found(key, large, revision + 3));
}

void Revisions(ServerTalk& talk) {
  talk.LookAt(
      "use one counter for the whole store. Add one for each Put, and for each "
      "Delete that found its key");
  const std::string a = talk.Key("/a");
  const std::string b = talk.Key("/b");
  const std::int64_t revision = talk.Revision();
  talk.Put(a, "1").Is(Written(revision + 1));
  talk.Put(b, "1").Is(Written(revision + 2));
  talk.Put(a, "1").Is(Written(revision + 3));  // the same value: still a Put
  talk.Delete(b).Is(Deleted(true, revision + 4));
  talk.Put(b, "2").Is(Written(revision + 5));
  talk.RevisionStays(revision + 5);
}

void GetAbsent(ServerTalk& talk) {
  talk.LookAt("an absent key is NOT_FOUND, not an empty entry");
  const std::string key = talk.Key();
  talk.Get(key).Fails(StatusCode::NOT_FOUND);
  talk.LookAt("a deleted key is absent, like one that was never put");
  talk.Put(key, "1").IsOk();
  talk.Delete(key).IsOk();
  talk.Get(key).Fails(StatusCode::NOT_FOUND);
}

void PutIfAbsent(ServerTalk& talk) {
  talk.LookAt("expected_revision 0 means that the key must be absent");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1", 0).Is(Written(revision + 1));
  talk.LookAt("expected_revision is `optional`: 0 is not the same as unset",
              "has_expected_revision()");
  talk.Put(key, "2", 0).Fails(StatusCode::FAILED_PRECONDITION);
  talk.Put(key, "3").IsOk();
}

void PutIfUnchanged(ServerTalk& talk) {
  talk.LookAt(
      "compare expected_revision with the revision of the entry, not with the "
      "store's");
  const std::string key = talk.Key();
  const std::string other = talk.Key("/other");
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1").Is(Written(revision + 1));
  talk.Put(other, "1").Is(Written(revision + 2));
  talk.Put(key, "2", revision + 1).Is(Written(revision + 3));
  talk.LookAt(
      "only the entry's current revision matches: an older one does not, and a "
      "future one does not");
  talk.Put(key, "3", revision + 1).Fails(StatusCode::FAILED_PRECONDITION);
  talk.Put(key, "3", revision + 100).Fails(StatusCode::FAILED_PRECONDITION);
  talk.LookAt("for an absent key only expected_revision 0 matches");
  talk.Delete(key).IsOk();
  talk.Put(key, "4", revision + 3).Fails(StatusCode::FAILED_PRECONDITION);
}

void RefusedPut(ServerTalk& talk) {
  talk.LookAt("check the condition before you write or count anything");
  const std::string key = talk.Key();
  const std::string absent = talk.Key("/absent");
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1").Is(Written(revision + 1));
  talk.Put(key, "2", 0).Fails(StatusCode::FAILED_PRECONDITION);
  talk.Get(key).Is(Found(key, "1", revision + 1));
  talk.RevisionStays(revision + 1);
  talk.Put(absent, "1", revision + 1).Fails(StatusCode::FAILED_PRECONDITION);
  talk.Get(absent).Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(revision + 1);
}

void DeleteTwice(ServerTalk& talk) {
  talk.LookAt(
      "Delete answers whether the key was there, and the store's revision");
  const std::string key = talk.Key();
  const auto put = talk.Put(key, "1");
  put.IsOk();
  const std::int64_t revision = put.message().revision();
  talk.Delete(key).Is(Deleted(true, revision + 1));
  talk.LookAt(
      "Delete is idempotent: deleting an absent key is not an error, and does "
      "not change the revision");
  talk.Delete(key).Is(Deleted(false, revision + 1));
  talk.Delete(key).Is(Deleted(false, revision + 1));
}

void PutAgain(ServerTalk& talk) {
  talk.LookAt(
      "a deleted key is absent: expected_revision 0 matches again, and the new "
      "entry gets a new revision");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1", 0).Is(Written(revision + 1));
  talk.Delete(key).Is(Deleted(true, revision + 2));
  talk.Put(key, "2", 0).Is(Written(revision + 3));
  talk.Get(key).Is(Found(key, "2", revision + 3));
}

}  // namespace

std::vector<ServerQuestion> StoreQuestions() {
  return {
      {"put_get", "Get returns what Put wrote", 2, PutThenGet},
      {"get_absent", "Get of an absent key is NOT_FOUND", 2, GetAbsent},
      {"delete_twice", "Delete of an absent key is not an error", 2,
       DeleteTwice},
      {"revisions", "each change adds one, over all keys", 2, Revisions},
      {"any_value", "a value is any bytes, from none to 1 MiB", 2, AnyValue},
      {"put_if_absent", "expected_revision 0 writes only an absent key", 2,
       PutIfAbsent},
      {"put_if_unchanged", "expected_revision N writes only at N", 2,
       PutIfUnchanged},
      {"refused_put", "a rejected Put changes nothing", 2, RefusedPut},
      {"put_again", "a deleted key can be put again", 2, PutAgain},
  };
}

}  // namespace judge
