"""docs/recipes/kubernetes.md and traefik.md: what the YAML says holds for a container."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml
from browser import Browser
from ports import free_port
from processes import running
from werkzeug.test import Client

RECIPES = Path(__file__).parent.parent / "docs/recipes"
PAGE = (RECIPES / "kubernetes.md").read_text()
(APP,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(CLUSTER,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
OBJECTS = {each["kind"]: each for each in yaml.safe_load_all(CLUSTER)}
POD = OBJECTS["Deployment"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
PROBE = CONTAINER["readinessProbe"]["httpGet"]
OLD, NEW = "the old one, a long random text", "the new one, a long random text"


def environment(folder: Path, keys: str) -> dict[str, str]:
    """What the container finds: its name, and a file of keys as the Secret's volume has it."""
    (mount,) = CONTAINER["volumeMounts"]
    (volume,) = POD["volumes"]
    assert volume["secret"]["secretName"] == OBJECTS["Secret"]["metadata"]["name"]
    (folder / "keys").write_text(keys)
    found = {}
    for each in CONTAINER["env"]:
        if "value" in each:
            found[each["name"]] = each["value"].replace(mount["mountPath"], str(folder))
        else:
            assert each["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
            found[each["name"]] = "shop-7d4b9c-x2x9k"
    return found


def test_the_objects_name_one_another():
    deployment = OBJECTS["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels == OBJECTS["Service"]["spec"]["selector"]
    port = CONTAINER["ports"][0]["containerPort"]
    assert PROBE["port"] == OBJECTS["Service"]["spec"]["ports"][0]["targetPort"] == port
    (rule,) = OBJECTS["HTTPRoute"]["spec"]["rules"]
    service = OBJECTS["Service"]
    named = {"name": service["metadata"]["name"], "port": service["spec"]["ports"][0]["port"]}
    assert rule["backendRefs"] == [named]
    assert "sessionAffinity" not in service["spec"]


def test_a_stop_ends_before_the_pod_is_killed():
    command = CONTAINER["command"]
    graceful = int(command[command.index("--graceful-timeout") + 1])
    waited = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert waited + graceful < POD["terminationGracePeriodSeconds"]


@pytest.mark.slow
def test_the_container_runs_and_a_probe_is_nobodys_activity(tmp_path):
    (tmp_path / "shop.py").write_text(APP)
    port = free_port()
    name, *options = CONTAINER["command"]
    command = [str(Path(sys.executable).with_name(name)), *options]
    command = [each.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for each in command]
    found = environment(tmp_path, OBJECTS["Secret"]["stringData"]["keys"])
    paths = f"{tmp_path}:{Path(__file__).parent.parent}"
    with running(command, port, tmp_path / "log", PYTHONPATH=paths, **found):
        b = Browser(f"http://127.0.0.1:{port}")
        probe = b.get(PROBE["path"])
        assert (probe.text, probe["Set-Cookie"]) == ("ready", None)
        login = b.post("/login", X_Forwarded_Proto="https")
        assert all(each["secure"] for each in login.cookies.values())
        assert b.get("/", X_Forwarded_Proto="https").text == "hello alice"


# --- keys

ROWS = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]]


def pod(folder: Path, monkeypatch, keys: list[str]) -> Client:
    """A new pod, with these keys, and a browser that comes to it."""
    for name, value in environment(folder, "\n".join(keys) + "\n").items():
        monkeypatch.setenv(name, value)
    names: dict = {"__name__": "shop"}
    exec(APP, names)
    return Client(names["app"])


def goes_on(begun: Client, other: Client) -> bool:
    """Whether a login of one pod goes on at another."""
    secure = {"base_url": "https://shop.example"}
    begun.post("/login", **secure)
    for cookie in ("__Host-session", "__Host-session440"):
        value = begun.get_cookie(cookie, "shop.example").value
        other.set_cookie(cookie, value, domain="shop.example", secure=True)
    return other.get("/", **secure).text == "hello alice"


@pytest.mark.parametrize("row", [1, 2, 3])
def test_pods_of_one_row_and_of_the_next_know_each_others_logins(tmp_path, monkeypatch, row):
    before, after = (pod(tmp_path, monkeypatch, ROWS[each]) for each in (row - 1, row))
    assert goes_on(before, after)
    before, after = (pod(tmp_path, monkeypatch, ROWS[each]) for each in (row - 1, row))
    assert goes_on(after, before)


def test_a_new_key_that_signs_at_once_is_not_known_to_old_pods(tmp_path, monkeypatch):
    old, new = (pod(tmp_path, monkeypatch, ROWS[each]) for each in (0, 2))
    assert not goes_on(new, old)


def test_a_pod_is_a_node(tmp_path, monkeypatch):
    client = pod(tmp_path, monkeypatch, [OLD])
    engine = client.application.extensions["session440"].engine
    assert engine.settings.node == "shop-7d4b9c-x2x9k"


# --- Traefik


def test_traefiks_own_pages_leave_440_out():
    (text,) = re.findall(r"```yaml\n(.*?)```", (RECIPES / "traefik.md").read_text(), re.DOTALL)
    http = yaml.safe_load(text)["http"]
    for router in http["routers"].values():
        assert router["service"] in http["services"]
        assert set(router["middlewares"]) <= set(http["middlewares"])
    codes = http["middlewares"]["own-pages"]["errors"]["status"]
    assert all(re.fullmatch(r"\d{3}", code) for code in codes)
    assert "440" not in codes
    assert http["middlewares"]["login"]["forwardAuth"]["address"].endswith("/session440/auth")
