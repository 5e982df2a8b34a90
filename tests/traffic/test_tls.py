from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.client import Cluster
from console.errors import Unreachable

if TYPE_CHECKING:
    from pathlib import Path

    from tests.traffic.servers import RealServer


@pytest.mark.real
async def test_a_certificate_is_checked_unless_the_kubeconfig_says_otherwise(
    real: RealServer, tmp_path: Path
) -> None:
    kubeconfig = real.kubeconfig()
    cluster = kubeconfig["clusters"][0]["cluster"]

    async def version() -> Any:
        (tmp_path / "config").write_text(json.dumps(kubeconfig))
        connected = Cluster.connect(kubeconfig=str(tmp_path / "config"), context=None, namespace=None)
        return (await connected.get("/version", deadline_s=5.0))["major"]

    assert await version() == "1"
    del cluster["certificate-authority"]
    with pytest.raises(Unreachable, match="certificate"):
        await version()
    cluster["insecure-skip-tls-verify"] = True
    assert await version() == "1"
