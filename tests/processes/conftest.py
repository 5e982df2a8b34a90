"""One lab for all tests of this folder: small, with the built-in scraper, and no canary traffic at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.errors import UsageError
from console.lab.envoy import find_envoy
from console.lab.lab import start_lab
from console.lab.order import Choice, LabAddresses, LabOrder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")  # no other room pays for its load
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabAddresses]:
    """A lab that is ready; releases that run side by side take a virtual service each, see `ground`."""
    try:
        find_envoy()
    except UsageError as error:
        pytest.skip(f"envoy is missing: {error} {error.hint}")
    folder = tmp_path_factory.mktemp("lab")
    with start_lab(LabOrder(scenario="healthy", folder=folder, rps=30, prometheus=Choice.BUILTIN)) as running:
        yield running.addresses
