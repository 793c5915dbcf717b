"""A watch on one thread in Python, for the page of stage 11. PYTHONPATH must contain the folder kv/."""
import asyncio

import grpc
from kv.v1 import kv_pb2, kv_pb2_grpc


class Servicer(kv_pb2_grpc.KeyValueServiceServicer):
    """Answers Put and Watch. All calls share the thread of the event loop."""

    def __init__(self) -> None:
        self._changes: list[kv_pb2.WatchResponse] = []
        self._changed = asyncio.Condition()
        self.cancelled = 0

    async def Put(self, request, context):
        entry = kv_pb2.Entry(key=request.key, value=request.value, revision=len(self._changes) + 1)
        async with self._changed:
            self._changes.append(kv_pb2.WatchResponse(change_type=kv_pb2.WatchResponse.CHANGE_TYPE_PUT, entry=entry))
            self._changed.notify_all()
        return kv_pb2.PutResponse(revision=entry.revision)

    # [watch]
    async def Watch(self, request, context):
        at = len(self._changes)
        await context.send_initial_metadata([("kv-revision", str(at))])
        try:
            while True:
                async with self._changed:  # waits without a thread
                    await self._changed.wait_for(lambda: len(self._changes) > at)
                while at < len(self._changes):
                    change = self._changes[at]
                    at += 1
                    if change.entry.key.startswith(request.prefix):
                        yield change  # until it is written
        except asyncio.CancelledError:  # the client is gone: OnCancel()
            self.cancelled += 1
            raise
    # [watch]


# [follow]
async def follow(channel: grpc.aio.Channel, prefix: str, ready: asyncio.Semaphore) -> kv_pb2.Entry:
    """Returns the next change under a prefix, and cancels the call."""
    call = kv_pb2_grpc.KeyValueServiceStub(channel).Watch(
        kv_pb2.WatchRequest(prefix=prefix), timeout=60)
    await call.initial_metadata()  # the watch is active
    ready.release()
    async for change in call:
        call.cancel()
        return change.entry
# [follow]
