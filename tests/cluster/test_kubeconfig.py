from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from console.cluster.kubeconfig import choose, files_named, find_files
from console.cluster.login import Login
from console.errors import ClusterError

Json = dict[str, Any]


def config(name: str, *, current: str = "", server: str = "", **user: Any) -> Json:
    return {
        "current-context": current,
        "clusters": [{"name": name, "cluster": {"server": server or f"https://{name}"}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": f"ns-{name}"}}],
    }


def written(path: Path, content: Json) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def test_the_first_current_context_wins_and_not_the_last(tmp_path: Path) -> None:
    files = [written(tmp_path / name, config(name, current=name)) for name in ("one", "two")]
    assert choose(files, context=None).cluster["server"] == "https://one"


def test_a_file_without_a_current_context_leaves_it_to_the_next(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "one", config("one")),
        written(tmp_path / "two", config("two", current="two")),
    ]
    assert choose(files, context=None).context == "two"


def test_the_first_file_to_name_a_thing_wins(tmp_path: Path) -> None:
    files = [
        written(tmp_path / at, config("same", current="same", server=f"https://{at}")) for at in ("a", "b")
    ]
    assert choose(files, context=None).cluster["server"] == "https://a"


def test_a_context_may_lean_on_another_file(tmp_path: Path) -> None:
    two = config("two")
    two["contexts"][0]["context"]["cluster"] = "one"
    files = [written(tmp_path / "one", config("one")), written(tmp_path / "two", two)]
    way = choose(files, context="two")
    assert (way.cluster["server"], way.namespace) == ("https://one", "ns-two")


def test_file_names_are_relative_to_the_file_that_says_them(tmp_path: Path) -> None:
    plugin = {"command": "./bin/login", "apiVersion": "v1"}
    content = config("one", current="one", exec=plugin, tokenFile="token")
    content["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    way = choose([written(tmp_path / "deep" / "config", content)], context=None)
    assert way.cluster["certificate-authority"] == str(tmp_path / "deep" / "ca.crt")
    assert way.user["tokenFile"] == str(tmp_path / "deep" / "token")
    assert Path(way.user["exec"]["command"]) == tmp_path / "deep" / "bin" / "login"


def test_a_plugin_on_the_path_stays_on_the_path(tmp_path: Path) -> None:
    content = config("one", current="one", exec={"command": "login"})
    assert choose([written(tmp_path / "config", content)], context=None).user["exec"]["command"] == "login"


def test_an_unknown_context_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    file = written(tmp_path / "config", config("one", current="one"))
    with pytest.raises(ClusterError, match='no context named "three"') as caught:
        choose([file], context="three")
    assert caught.value.hint == "It has: one; --context names another."


def test_a_config_without_a_current_context_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="no current context"):
        choose([written(tmp_path / "config", config("one"))], context=None)


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({"clusters": "x"}, "clusters"),
        ({"contexts": ["x"]}, "contexts"),
        ({"users": [{"name": "x", "user": 7}]}, "user"),
        ({"users": [{"name": "x", "user": {"exec": {"command": "x", "env": [{"name": 1}]}}}]}, "name"),
    ],
)
def test_a_part_that_is_no_kubeconfig_s_is_named(tmp_path: Path, broken: Json, named: str) -> None:
    with pytest.raises(ClusterError, match=f"is not a kubeconfig: .*{named}"):
        choose([written(tmp_path / "config", config("x", current="x") | broken)], context=None)


@pytest.mark.full
def test_a_kubeconfig_without_a_bottom_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("a: " + "[" * 5000)
    with pytest.raises(ClusterError, match="can't be read"):
        choose([path], context=None)


@pytest.mark.parametrize("text", ["users: [token: secret: x", "- a list", "\x00"])
def test_what_is_no_kubeconfig_is_refused_without_its_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(ClusterError) as caught:
        choose([file], context=None)
    assert "secret" not in str(caught.value) + caught.value.hint


def test_kubeconfig_names_several_files_and_skips_absent_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = written(tmp_path / "there", {})
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "absent"), str(there), ""]))
    assert find_files(None) == [there]


def test_the_option_outranks_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path / "env", {})))
    asked = written(tmp_path / "asked", {})
    assert find_files(str(asked)) == [asked]


def test_an_absent_file_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="does not exist"):
        find_files(str(tmp_path / "absent"))


def test_the_home_folder_is_looked_into_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_files(None) == []
    home = written(tmp_path / ".kube" / "config", {})
    assert find_files(None) == [home]


def test_a_file_that_says_one_name_twice_is_refused_as_by_kubectl(tmp_path: Path) -> None:
    twice = config("one", current="one")
    twice["users"] *= 2
    with pytest.raises(ClusterError, match=r'config is not a kubeconfig: it has two users named "one"'):
        choose([written(tmp_path / "config", twice)], context=None)


def test_a_number_in_a_text_s_place_is_refused_with_the_file_and_the_field(tmp_path: Path) -> None:
    file = written(tmp_path / "config", config("one", current="one", token=5))
    with pytest.raises(ClusterError, match=rf"{file} is not a kubeconfig: .*users.*token"):
        choose([file], context=None)


def test_a_folder_in_a_file_s_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"can't be read \(Is a directory\)"):
        choose([tmp_path], context=None)


def test_json_with_tabs_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(json.dumps(config("one", current="one"), indent="\t"))
    assert choose([file], context=None).context == "one"


def test_broken_yaml_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("users:\n- name: x\n  user: {token: secret\n")
    with pytest.raises(ClusterError, match="no YAML, line 4") as caught:
        choose([tmp_path / "config"], context=None)
    assert "secret" not in caught.value.with_hint


def test_every_file_that_is_looked_for_has_an_absolute_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(["a", "", "~/b", "a", "deep/../c"]))
    assert files_named(None) == (tmp_path / "a", tmp_path / "home" / "b", tmp_path / "deep/../c")
    assert files_named("mine") == (tmp_path / "mine",)


def test_a_kubeconfig_of_nothing_but_separators_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", os.pathsep)
    assert files_named(None) == ()


def test_a_user_that_no_file_knows_is_nobody_as_with_kubectl(tmp_path: Path) -> None:
    content = config("one", current="one", token="t")  # noqa: S106 - no secret
    content["users"] = []
    assert choose([written(tmp_path / "config", content)], context=None).user == {}


def test_a_pod_finds_its_own_way_and_a_kubeconfig_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.cluster.kubeconfig.ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    for name in ("token", "ca.crt"):
        (tmp_path / name).touch()
    (tmp_path / "namespace").write_text("shop\n")
    way = Login(kubeconfig=None, context=None).find()
    assert (way.context, way.namespace, way.cluster["server"]) == (
        "in-cluster",
        "shop",
        "https://[fd00::1]:443",
    )
    assert way.user == {"tokenFile": str(tmp_path / "token")}
    written(tmp_path / "config", {})
    assert Login(kubeconfig=None, context=None).find().context == "in-cluster"
    written(tmp_path / "config", config("one", current="one"))
    assert Login(kubeconfig=None, context=None).find().context == "one"
