// Stage 02: what Get, Put and Delete do to the store.
#include "questions/all.h"

namespace judge {
namespace {

void PutThenGet(ServerTalk& talk) {
  talk.LookAt(
      "the entry that Get answers has all three fields: key, value, "
      "and the revision of its own last Put");
  const std::string key = talk.Key();
  const std::string other = talk.Key("/other");
  const auto put = talk.Put(key, "1");
  put.IsOk();
  const auto put_other = talk.Put(other, "2");
  put_other.IsOk();
  talk.Get(key).Is(Found(key, "1", put.message().revision()));
  talk.Get(other).Is(Found(other, "2", put_other.message().revision()));
}

void AnyValue(ServerTalk& talk) {
  talk.LookAt("a value is bytes with a length: no text, and no end at a NUL");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  const std::string binary("a\0b\xff\n", 5);
  talk.Put(key, binary).Is(Written(revision + 1));
  talk.Get(key).Is(Found(key, binary, revision + 1));
  talk.LookAt("an empty value is a value: its key is there");
  talk.Put(key, "").Is(Written(revision + 2));
  talk.Get(key).Is(Found(key, "", revision + 2));
  talk.LookAt("exactly 1048576 bytes are still allowed");
  const std::string large(kMaxValueBytes, 'x');
  talk.Put(key, large).Is(Written(revision + 3));
  talk.Get(key).Is(Found(key, large, revision + 3));
}

void Revisions(ServerTalk& talk) {
  talk.LookAt(
      "one counter for the whole store: one more for each Put and for "
      "each Delete that found its key");
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
  talk.LookAt("an absent key is an error of its own, no empty entry");
  const std::string key = talk.Key();
  talk.Get(key).Fails(StatusCode::NOT_FOUND);
  talk.LookAt("a deleted key is as absent as one never put");
  talk.Put(key, "1").IsOk();
  talk.Delete(key).IsOk();
  talk.Get(key).Fails(StatusCode::NOT_FOUND);
}

void PutIfAbsent(ServerTalk& talk) {
  talk.LookAt("expected_revision 0 holds for a key that is not there");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1", 0).Is(Written(revision + 1));
  talk.LookAt("`optional`: has_expected_revision() tells 0 from unset");
  talk.Put(key, "2", 0).Fails(StatusCode::FAILED_PRECONDITION);
  talk.Put(key, "3").IsOk();
}

void PutIfUnchanged(ServerTalk& talk) {
  talk.LookAt(
      "compare expected_revision with the entry's revision, not with "
      "the store's");
  const std::string key = talk.Key();
  const std::string other = talk.Key("/other");
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1").Is(Written(revision + 1));
  talk.Put(other, "1").Is(Written(revision + 2));
  talk.Put(key, "2", revision + 1).Is(Written(revision + 3));
  talk.LookAt(
      "only the entry's present revision will do, no older one and "
      "none that is yet to come");
  talk.Put(key, "3", revision + 1).Fails(StatusCode::FAILED_PRECONDITION);
  talk.Put(key, "3", revision + 100).Fails(StatusCode::FAILED_PRECONDITION);
  talk.LookAt("an absent key is at no revision but 0");
  talk.Delete(key).IsOk();
  talk.Put(key, "4", revision + 3).Fails(StatusCode::FAILED_PRECONDITION);
}

void RefusedPut(ServerTalk& talk) {
  talk.LookAt("check the condition before anything is written or counted");
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
  talk.LookAt("Delete says whether the key was there, and the revision");
  const std::string key = talk.Key();
  const auto put = talk.Put(key, "1");
  put.IsOk();
  const std::int64_t revision = put.message().revision();
  talk.Delete(key).Is(Deleted(true, revision + 1));
  talk.LookAt(
      "Delete is idempotent: an absent key is no error, and no change "
      "that is counted");
  talk.Delete(key).Is(Deleted(false, revision + 1));
  talk.Delete(key).Is(Deleted(false, revision + 1));
}

void PutAgain(ServerTalk& talk) {
  talk.LookAt(
      "a deleted key is absent: expected_revision 0 holds again, and "
      "the new entry gets a revision no one had");
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
      {"put_get", "Get gives back what Put wrote", 2, PutThenGet},
      {"get_absent", "Get of an absent key is NOT_FOUND", 2, GetAbsent},
      {"delete_twice", "Delete of an absent key is no error", 2, DeleteTwice},
      {"revisions", "each change is counted once, over all keys", 2, Revisions},
      {"any_value", "a value is any bytes, none to 1 MiB", 2, AnyValue},
      {"put_if_absent", "expected_revision 0 writes only an absent key", 2,
       PutIfAbsent},
      {"put_if_unchanged", "expected_revision N writes only at N", 2,
       PutIfUnchanged},
      {"refused_put", "a refused Put changes nothing", 2, RefusedPut},
      {"put_again", "a deleted key can be put again", 2, PutAgain},
  };
}

}  // namespace judge
