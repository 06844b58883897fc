"""Small data files, and what is said when they cannot be used."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rlcs.config.schema import FieldsConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.tasks import load_pool


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the converted files of a test to itself."""
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tasks"


@pytest.fixture
def make_source(tmp_path: Path) -> Callable[..., SourceConfig]:
    """Return a builder of JSONL sources: make_source({"prompt": "p", "answer": "1"}, b"as it stands", limit=1)."""

    def build(
        *lines: dict[str, Any] | bytes, name: str = "s", fields: dict[str, str] | None = None, **settings: Any
    ) -> SourceConfig:
        encoded = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        file = tmp_path / f"{name}.jsonl"
        file.write_bytes(b"".join(line + b"\n" for line in encoded))
        return SourceConfig(name=name, path=str(file), fields=FieldsConfig(**(fields or {})), **settings)

    return build


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., str]:
    """Return a function that loads sources which cannot be used and returns what is said, without the test's folder."""

    def load(*sources: SourceConfig, **options: Any) -> str:
        with pytest.raises(UserError) as caught:
            load_pool(sources, **options)
        return str(caught.value).replace(f"{tmp_path}/", "").replace(str(tmp_path), "TMP")

    return load


@pytest.fixture
def encoded_image() -> Callable[..., bytes]:
    """Return a builder of encoded images of one colour: encoded_image(30, 20, "JPEG")."""

    def encode(width: int = 8, height: int = 6, form: str = "PNG", **options: Any) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (width, height), "teal").save(file, form, **options)
        return file.getvalue()

    return encode
