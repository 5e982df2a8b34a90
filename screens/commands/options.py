"""What several commands are told in the same words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")

OUTPUTS = ("text", "json")
PLAN = click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))


def cluster_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add the words with which kubectl, too, is told where to go."""
    for option in (
        click.option("-n", "--namespace", help="Namespace, instead of the plan's."),
        click.option("--context", help="Context of the kubeconfig, instead of the current one."),
        click.option("--kubeconfig", help="Kubeconfig file, instead of KUBECONFIG or ~/.kube/config."),
        click.option("--prometheus", metavar="URL", help="Prometheus, instead of the plan's."),
    ):
        command = option(command)
    return command


def headless_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add the words for a release without a screen."""
    for option in (
        click.option(
            "--output",
            type=click.Choice(OUTPUTS),
            default=OUTPUTS[0],
            help="With --headless: one line of text or of JSON an event.",
        ),
        click.option(
            "--headless", is_flag=True, help="No screen: one line an event, an exit code at the end."
        ),
    ):
        command = option(command)
    return command
