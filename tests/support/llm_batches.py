"""The files and the batches of the loopback server, in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
Complete = Callable[[Body], "tuple[int, Body]"]


@dataclass
class BatchBoard:
    """Uploaded files and batches; a batch is done after it was looked at `polls` times.

    `lost` requests of each batch (counted from its end) expire, `status` replaces what a finished batch ends with.
    """

    polls: int = 1
    lost: int = 0
    status: str = "completed"
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, Body] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    answered: int = 0

    def upload(self, content_type: str, body: bytes) -> Body:
        """Keep a file sent as multipart/form-data."""
        found = re.search(r"boundary=([^;]+)", content_type)
        assert found is not None
        parts = body.split(b"--" + found[1].strip('"').encode())
        content = next(part for part in parts if b'filename="' in part).split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
        id = f"file-{len(self.files)}"
        self.files[id] = content
        return self._file(id)

    def _file(self, id: str) -> Body:
        about = {
            "object": "file",
            "filename": "kgfuse.jsonl",
            "purpose": "batch",
            "created_at": 0,
            "status": "processed",
        }
        return {"id": id, "bytes": len(self.files[id]), **about}

    def create(self, body: Body) -> Body:
        """Begin a batch."""
        id = f"batch-{len(self.batches)}"
        self.batches[id] = {
            "id": id,
            "object": "batch",
            "endpoint": body["endpoint"],
            "input_file_id": body["input_file_id"],
            "completion_window": body["completion_window"],
            "status": "validating",
            "created_at": 0,
            "metadata": body.get("metadata"),
        }
        return self.batches[id]

    def look(self, id: str, complete: Complete) -> Body:
        """Return a batch, working it off once it has been looked at often enough."""
        self.looks[id] = self.looks.get(id, 0) + 1
        batch = self.batches[id]
        if batch["status"] in ("validating", "in_progress"):
            batch["status"] = "in_progress"
            if self.looks[id] > self.polls:
                self._finish(batch, complete)
        return batch

    def _finish(self, batch: Body, complete: Complete) -> None:
        batch["status"] = self.status
        if self.status == "failed":
            batch["errors"] = {"object": "list", "data": [{"code": "bad", "message": "line 1 is not JSON", "line": 1}]}
            return
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].decode().split("\n") if line]
        done = lines[: len(lines) - self.lost]
        output: list[str] = []
        errors: list[str] = []
        for line in reversed(done):  # in no particular order
            status, body = complete(line["body"])
            self.answered += status == 200
            result = {"id": "r", "custom_id": line["custom_id"], "error": None}
            result["response"] = {"status_code": status, "request_id": "q", "body": body}
            (output if status == 200 else errors).append(json.dumps(result, ensure_ascii=False))
        for line in lines[len(done) :]:
            expired = {"code": "batch_expired", "message": "This request could not be executed in time."}
            errors.append(json.dumps({"id": "r", "custom_id": line["custom_id"], "response": None, "error": expired}))
        for name, rows in (("output_file_id", output), ("error_file_id", errors)):
            if rows:
                batch[name] = f"file-{len(self.files)}"
                self.files[batch[name]] = "\n".join(rows).encode()
