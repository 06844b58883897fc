"""What `rlcs bench throughput` is given to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rlcs.bench.engines.throughput import make_requests
from rlcs.config.schema import Config, ModelConfig, SourceConfig
from rlcs.process.environment import prepare_process
from rlcs.records import Video


def test_the_pool_comes_with_the_requests_so_that_engines_keep_room_for_its_videos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_process()
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path))
    config = Config(model=ModelConfig(path="tiny://vision"))
    films = SourceConfig(name="films", path="tiny://video_order?levels=1-1&count=5")
    requests, pool = make_requests(replace(config, data=replace(config.data, train=[films])))
    assert len(requests) == len(pool) == 5 and pool.most_videos() == 1
    assert all(isinstance(image.reference, Video) for one in requests for image in one.images)
