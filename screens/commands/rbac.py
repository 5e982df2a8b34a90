"""`pithead rbac`."""

from __future__ import annotations

from pathlib import Path

import click
import yaml

from console.cluster.role import Account, Subject, binding, role
from console.errors import ExitCode, UsageError
from console.plan.load import load_plan
from console.plan.model import Plan
from console.traffic.registry import rights_of
from console.traffic.rights import rights_at_prometheus
from screens.commands.meant import in_its_namespace
from screens.commands.options import PLAN
from screens.say import say

ABOUT = """\
# What a release of {service} asks of the Kubernetes API, and nothing more: `kubectl apply -f` it.
# Every account may ask for its own rights, for who it is and for the server's version; that is not in here.
"""
ACCOUNT = "pithead"


@click.command()
@PLAN
@click.option("-n", "--namespace", help="Namespace, instead of the plan's or the context's.")
@click.option("--user", default="", help="Bind it to this user.")
@click.option("--group", default="", help="Bind it to this group.")
@click.option(
    "--serviceaccount",
    default="",
    metavar="[NAMESPACE:]NAME",
    help=f"Bind it to this service account; {ACCOUNT} where nothing is said.",
)
@click.option("--no-lease", is_flag=True, help="For releases that are run with --no-lease.")
def command(
    *, plan_file: Path, namespace: str | None, user: str, group: str, serviceaccount: str, no_lease: bool
) -> int:
    """Print the Roles and the RoleBindings that a release of PLAN needs."""
    plan = load_plan(plan_file)
    plan = in_its_namespace(plan, namespace=namespace)
    subject = _subject(plan, user=user, group=group, serviceaccount=serviceaccount)
    name = f"pithead-{plan.service}"
    documents = [
        role(rights_of(plan, leased=not no_lease), name=name, namespace=plan.namespace),
        binding(subject, name=name, namespace=plan.namespace),
    ]
    if (elsewhere := rights_at_prometheus(plan)) is not None:
        namespace, rights = elsewhere
        name = f"{name}-prometheus"  # its namespace may be the plan's own
        documents += [
            role(rights, name=name, namespace=namespace),
            binding(subject, name=name, namespace=namespace),
        ]
    say(ABOUT.format(service=plan.service) + yaml.safe_dump_all(documents, sort_keys=False).rstrip("\n"))
    return ExitCode.PROMOTED


def _subject(plan: Plan, *, user: str, group: str, serviceaccount: str) -> Subject:
    if sum(map(bool, (user, group, serviceaccount))) > 1:
        raise UsageError("a binding is for one account", hint="give one of --user, --group, --serviceaccount")
    if user:
        return Subject(account=Account.USER, name=user)
    if group:
        return Subject(account=Account.GROUP, name=group)
    namespace, _, name = (serviceaccount or ACCOUNT).rpartition(":")
    return Subject(account=Account.SERVICE_ACCOUNT, name=name, namespace=namespace or plan.namespace)
