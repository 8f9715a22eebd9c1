"""A tiny model served by `transformers serve` on loopback, asked as any endpoint is."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from w2sdl_runtime.learning.decoding import Sampling
from w2sdl_runtime.learning.tokens import Text, as_transformers, train_word_tokenizer
from w2sdl_runtime.learning.writers import open_writer
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.partials import Partials
from w2sdl_runtime.values import Model

pytestmark = pytest.mark.slow
WORDS = "the lion lives in the forest and the wolf lives in the desert ."
CHAT = "{% for message in messages %}{{ message.content }} {% endfor %}"


def tiny_folder(folder: Path) -> Path:
    """A network of random weights that knows nine words."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = as_transformers(train_word_tokenizer([WORDS], 40))
    tokenizer.chat_template = CHAT
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URL, and the name of the model: its folder."""
    folder = tiny_folder(tmp_path_factory.mktemp("model"))
    port = free_port()
    program = str(Path(sys.executable).with_name("transformers"))
    command = [program, "serve", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--device", "cpu"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process, folder / "log")
            yield f"http://127.0.0.1:{port}/v1", str(folder)
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # a group of its own
            process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                if response.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def written(tmp_path: Path, server: tuple[str, str], form: str, name: str = "") -> list[str]:
    url, folder = server
    name = name or folder
    ctx = Context(
        op_name="sample", key="0" * 64, address="s", work=tmp_path, base=tmp_path, threads=1,
        device="cpu", put=lambda _: "", open=lambda _: None, report=lambda *_: None,  # type: ignore[arg-type,return-value]
        log=print, endpoints={f"model `{name}`": {"url": url, "first_pause": 0.1, "tries": 3}},
    )  # fmt: skip
    ctx = replace(ctx, partials=Partials(work=tmp_path, readings=tmp_path / form))
    model = Model({"source": "api", "name": name, "form": form, "reader": "api"})
    prompts = [Text(text, "") for text in ("the lion lives", "the wolf")]
    found = open_writer(model, Sampling(6, 1.0, 0.9), ctx).write(
        prompts, [1 << 32, 2 << 32], "texts"
    )
    return [one.text for one in found]


@pytest.mark.parametrize("form", ["chat", "completions"])
def test_a_served_model_writes(tmp_path: Path, server: tuple[str, str], form: str) -> None:
    texts = written(tmp_path, server, form)
    assert any(text.split() for text in texts)
    assert {word for text in texts for word in text.split()} <= set(WORDS.split())
    assert written(tmp_path, server, form) == texts, "what was answered is not asked again"
    kept = list((tmp_path / form).rglob("*.safetensors"))
    assert len(kept) == 2
    assert all(b"choices" in path.read_bytes() for path in kept)


def test_another_model_is_refused_with_what_the_server_says(
    tmp_path: Path, server: tuple[str, str]
) -> None:
    with pytest.raises(PrerequisiteError) as failed:
        written(tmp_path, server, "chat", "no/such-model")
    assert json.dumps(failed.value.message)
    assert "127.0.0.1" in failed.value.message
