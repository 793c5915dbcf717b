"""Tests grpc.aio's side of the callback API: a thousand watches of ours from one Python thread, and ours of a Python server.

    SERVER=build/stages/11_callback_api/server CLIENT=build/stages/11_callback_api/client \\
    PYTHONPATH=build/proto /usr/bin/python3 -m unittest aio_test
"""
import asyncio
import os
import pathlib
import subprocess
import unittest

import grpc

import aio
from kv.v1 import kv_pb2, kv_pb2_grpc
from workflow_test import SECONDS

WATCHES = 1000
THREADS = 16


def threads(pid: int) -> int:
    """Returns how many threads a process has."""
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


class Aio(unittest.TestCase):
    """Both directions, one after the other: grpc.aio wants one event loop in a process."""

    def test_aio(self) -> None:
        async def both() -> None:
            await self._a_thousand_watches_of_ours()
            await self._ours_watches_pythons()

        asyncio.run(both())

    async def _a_thousand_watches_of_ours(self) -> None:
        server = subprocess.Popen([os.environ["SERVER"], "--listen=127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.wait, SECONDS)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdout.close)
        address = server.stdout.readline().removeprefix("READY ").strip()
        async with grpc.aio.insecure_channel(address) as channel:
            ready = asyncio.Semaphore(0)
            watches = [asyncio.create_task(aio.follow(channel, "a", ready)) for _ in range(WATCHES)]
            for _ in range(WATCHES):
                await ready.acquire()
            self.assertLessEqual(threads(server.pid), THREADS)
            stub = kv_pb2_grpc.KeyValueServiceStub(channel)
            await stub.Put(kv_pb2.PutRequest(key="b"), timeout=SECONDS)
            await stub.Put(kv_pb2.PutRequest(key="a"), timeout=SECONDS)
            seen = await asyncio.wait_for(asyncio.gather(*watches), SECONDS)
            self.assertEqual({(entry.key, entry.revision) for entry in seen}, {("a", 2)})

    async def _ours_watches_pythons(self) -> None:
        servicer = aio.Servicer()
        server = grpc.aio.server()
        kv_pb2_grpc.add_KeyValueServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        client = await asyncio.create_subprocess_exec(
            os.environ["CLIENT"], f"--target=127.0.0.1:{port}", "--timeout=30s", "watch", "a", stdout=subprocess.PIPE)
        self.assertEqual(await client.stdout.readline(), b"watching after revision 0\n")
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = kv_pb2_grpc.KeyValueServiceStub(channel)
            await stub.Put(kv_pb2.PutRequest(key="b"), timeout=SECONDS)
            await stub.Put(kv_pb2.PutRequest(key="a", value=b"1"), timeout=SECONDS)
        self.assertEqual(await client.stdout.readline(), b'"a" = "1" (revision 2)\n')
        client.terminate()
        self.assertEqual(await client.wait(), grpc.StatusCode.CANCELLED.value[0])
        await server.stop(SECONDS)  # waits for the call that was cancelled
        self.assertEqual(servicer.cancelled, 1)
