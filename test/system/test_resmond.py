# SPDX-License-Identifier: MIT
"""The monitor on booted nodes: what it measures there, what it says when something is wrong, and a real
Prometheus that scrapes three nodes. What a client may do to it is in test_resmond_http.py."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request

import exposition
import pytest
from archive import ROOT
from node import NeverCame, die_with_parent
from ports import free_port

SERVER = ROOT / "server/prometheus"
ADDRESS = "ip=10.0.2.15::10.0.2.2:255.255.255.0"

GATE = """\
description = Not ready until told so
exec = /bin/sh -c 'until [ -e /tmp/open ]; do sleep 0.1; done; echo >&3; exec sleep 100000'
ready = fd:3
start-timeout = 0
"""
# Writes to a RAM disk more than it may have.
EATER = """\
description = Wants more memory than it gets
exec = /bin/sh -c 'sleep 1; until [ -e /tmp/eat ]; do sleep 0.1; done; dd if=/dev/zero of=/dev/shm/eaten bs=1M; exit 1'
restart = never
memory-max = 8M
"""
# Is slowed down when it has more than it should.
SQUEEZED = """\
description = Has to wait for its memory
exec = /bin/sh -c 'until [ -e /tmp/squeeze ]; do sleep 0.1; done; dd if=/dev/zero of=/tmp/squeezed bs=64K count=1024; exec sleep 100000'
memory-high = 1M
"""


def network(port):
    return ("-netdev", f"user,id=net0,hostfwd=tcp:127.0.0.1:{port}-:9100",
            "-device", "virtio-net-pci,netdev=net0,id=nic0,romfile=")


class Site:
    """What is served on a port of this machine."""

    def __init__(self, port):
        self.port = port

    def get(self, path, timeout=30):
        """(status, body)"""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metrics(self):
        status, text = self.get("/metrics")
        assert status == 200
        return exposition.parse(text)


def booted(boot, files, cmdline="", **keywords):
    """(node, site) once the monitor listens."""
    port = free_port()
    node = boot(files, cmdline=f"{ADDRESS} svc.skip=blinkstick {cmdline}", network=network(port), **keywords)
    node.ok("svctl wait resmon; svctl wait net")
    return node, Site(port)


@pytest.fixture(scope="module")
def pair(boot_shared, helper):
    node, site = booted(boot_shared, {
        "etc/svc/eater": EATER, "etc/svc/squeezed": SQUEEZED, "etc/svc/lamp": "exec = /test/lamp\n",
        "test/lamp": helper("lamp")})
    return node, site


def test_health_tells_what_keeps_the_node_from_being_ready(boot):
    node, site = booted(boot, {"etc/svc/gate": GATE}, settled=False)
    node.until_state("gate", "running")
    status, text = site.get("/healthz")
    assert status == 503 and text.startswith("booting: ") and "gate running" in text, text
    node.ok("touch /tmp/open; svctl wait ready")
    node.until(lambda: site.get("/healthz") == (200, "ready\n"))


def test_the_metrics_of_a_node_are_whole_and_true(pair):
    node, site = pair
    text = site.get("/metrics")[1]
    assert exposition.lint(text) == []
    metrics = exposition.parse(text)
    total = int(node.ok("awk '/MemTotal/ { print $2 * 1024 }' /proc/meminfo"))
    assert metrics.value("node_memory_MemTotal_bytes") == total
    assert 0 < metrics.value("node_memory_MemAvailable_bytes") < total
    assert metrics.labels("node_cpu_seconds_total", "cpu") == {"0", "1"}
    assert metrics.value("node_cpu_seconds_total", cpu="0", mode="idle") > 0
    assert abs(metrics.value("node_time_seconds") - int(node.ok("date +%s"))) < 60
    assert metrics.value("node_network_receive_bytes_total", device="eth0") > 0
    assert metrics.value("node_network_up", device="eth0") == 1
    assert metrics.value("node_filesystem_size_bytes", mountpoint="/run") == 16 << 20
    assert metrics.value("node_pressure_memory_waiting_seconds_total") >= 0
    failed = {name for name in metrics.labels("node_scrape_collector_success", "collector")
              if metrics.value("node_scrape_collector_success", collector=name) != 1}
    assert not failed
    assert metrics.value("greyhound_boot_info")
    assert metrics.value("process_cpu_seconds_total") > 0
    assert metrics.value("resmond_private_memory_bytes") <= 256 << 10


def test_each_service_has_what_its_cgroup_tells(pair):
    node, site = pair
    metrics = site.metrics()
    names = {service["name"] for service in node.status()["services"]}
    assert metrics.labels("greyhound_service_state", "name") == names
    for name in ("net", "resmon", "console"):
        assert metrics.value("greyhound_service_state", name=name, state="ready") == 1
        assert metrics.value("container_cpu_usage_seconds_total", name=name) > 0
        used = metrics.value("container_memory_usage_bytes", name=name)
        assert 0 <= metrics.value("container_memory_working_set_bytes", name=name) <= used
        assert used <= metrics.value("container_memory_max_usage_bytes", name=name)
        assert metrics.value("greyhound_service_restarts_total", name=name) == 0
        assert metrics.value("container_oom_events_total", name=name) == 0
    assert metrics.value("container_spec_memory_limit_bytes", name="resmon") == 8 << 20
    node.ok(f"kill -KILL {node.pid('net')}")
    node.until_service("net", lambda service: service["restarts"] == 1 and service["state"] == "ready")
    node.until(lambda: site.metrics().value("greyhound_service_restarts_total", name="net") == 1)


def test_it_runs_with_no_rights_at_all(pair):
    node, _ = pair
    status = node.ok(f"cat /proc/{node.pid('resmon')}/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split()[0] != "0"
    assert {int(fields[name], 16) for name in ("CapEff", "CapPrm", "CapAmb")} == {0}
    assert fields["NoNewPrivs"] == "1"


def test_report_tells_the_node_in_80_columns(pair):
    node, _ = pair
    text = node.ok("report")
    assert max(len(line) for line in text.splitlines()) <= 80, text
    for word in ("Cortex-A53", "linux,dummy-virt", "10.0.2.15/24", "aes", "resmon", "console"):
        assert word in text, f"{word} is not in\n{text}"


@pytest.fixture(scope="module")
def pressure(pair):
    """There was some, and what made it is gone. It takes the kernel's average of ten seconds to fall; other tests go
    on meanwhile."""
    node, _ = pair
    node.ok("touch /tmp/squeeze")
    node.until(lambda: "memory pressure: processes waited" in node.logs("resmon"))
    node.ok("svctl stop squeezed; rm -f /tmp/squeezed")


def test_pressure_is_told(pair, pressure):
    node, site = pair
    node.until(lambda: "show look=degraded" in node.logs("lamp"))
    assert site.metrics().value("node_pressure_memory_waiting_seconds_total") > 0


def test_an_out_of_memory_kill_is_counted_and_told(pair):
    node, site = pair
    node.ok("touch /tmp/eat")
    node.until_state("eater", "failed")
    metrics = site.metrics()
    assert metrics.value("container_oom_events_total", name="eater") >= 1
    assert metrics.value("node_vmstat_oom_kill") >= 1
    assert metrics.value("greyhound_service_state", name="eater", state="failed") == 1
    node.until(lambda: "out of memory: the kernel killed" in node.logs("resmon"))
    node.until(lambda: "failed services: eater" in node.logs("resmon"))
    node.until(lambda: "show look=critical" in node.logs("lamp"))
    node.until(lambda: site.get("/healthz")[0] == 503)
    status, text = site.get("/healthz")
    assert text == "degraded: eater failed\n", text
    node.ok("rm -f /dev/shm/eaten; svctl stop eater")
    node.until(lambda: "failed services: eater: over" in node.logs("resmon"))
    node.until(lambda: site.get("/healthz") == (200, "ready\n"))


def test_metrics_of_netd_are_told_only_if_they_are_sound(pair):
    node, site = pair
    node.until(lambda: "netd_link_usable" in site.metrics())  # written a moment after the node is ready
    node.ok("kill -STOP $(pidof netd); mv /run/net/metrics /tmp/netd-metrics")  # it would write its own again
    good = "# HELP netd_test_total A test.\\n# TYPE netd_test_total counter\\nnetd_test_total{link=\"eth0\"} 7\\n"
    node.ok(f"printf '{good}' >/run/net/metrics")
    assert site.metrics().value("netd_test_total", link="eth0") == 7
    node.ok("printf 'node_load1 3\\n' >>/run/net/metrics")
    metrics = site.metrics()
    assert "netd_test_total" not in metrics
    assert metrics.value("node_scrape_collector_success", collector="netd") == 0
    node.ok("mv /tmp/netd-metrics /run/net/metrics; kill -CONT $(pidof netd)")
    assert site.metrics().value("node_scrape_collector_success", collector="netd") == 1


def test_a_fresh_image_of_pid_1_is_followed(pair):
    node, site = pair
    node.ok("svctl reexec")
    node.until(lambda: site.get("/healthz") == (200, "ready\n"))
    assert site.metrics().value("greyhound_init_reexecs") == 1
    assert node.service("resmon")["restarts"] == 0


def test_pressure_that_is_over_is_told_once(pair, pressure):
    node, _ = pair
    def told():
        """Where it begins and where it is over; what was killed for want of memory may have begun another one."""
        return re.findall("memory pressure: (over|processes waited)", node.logs("resmon"))

    node.until(lambda: told()[-1] == "over")
    assert told() == ["processes waited", "over"] * (len(told()) // 2)
    # The first when it began.
    node.until(lambda: node.logs("lamp").count("release name=resmon-memory") == 1 + told().count("over"))


def test_idle_it_does_not_wake_up(pair):
    """Nobody scrapes, and the services are quiet."""
    node, _ = pair
    node.until_asleep("resmon", 5)


# ---- Prometheus ----


def query(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.request.quote(expression)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return {result["metric"].get("instance"): result["value"][1]
                for result in json.load(answer)["data"]["result"]}


def expressions():
    """Those of the dashboard and of the alert rules, with the dashboard's variables filled in."""
    texts = []
    for panel in json.loads((SERVER / "dashboard.json").read_text())["panels"]:
        texts += [target["expr"] for target in panel.get("targets", ())]
    texts += re.findall(r"^ *expr: (.*)$", (SERVER / "alerts.yml").read_text(), re.M)
    return [text.replace("$instance", ".+").replace("$service", ".+").replace("$__rate_interval", "1m")
            for text in texts]


def check_expressions(own, site):
    """Prometheus takes them, and what they ask for is there (a temperature is not in QEMU)."""
    names = set(site.metrics()) | {"node_thermal_zone_temp", "up"}
    for text in expressions():
        query(own, text)
        unknown = set(re.findall(r"\b(?:node|container|greyhound)_\w+", text)) - names
        assert not unknown, f"{unknown} in {text}"


def test_what_is_served_for_prometheus_is_sound():
    subprocess.run(["promtool", "check", "config", SERVER / "prometheus.yml"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["promtool", "check", "rules", SERVER / "alerts.yml"], check=True, stdout=subprocess.DEVNULL)


def test_prometheus_scrapes_three_nodes(boot, tmp_path):
    sites = [booted(boot, {}, f"hostname=node-{i}", agent=True)[1] for i in range(3)]
    targets = {f"127.0.0.1:{site.port}" for site in sites}
    own = free_port()
    config = tmp_path / "prometheus.yml"
    config.write_text("global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: nodes\n"
                      f"    static_configs: [ {{ targets: {sorted(targets)} }} ]\n")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/data",
             f"--web.listen-address=127.0.0.1:{own}"], stdout=log, stderr=log, preexec_fn=die_with_parent)
    try:
        until = time.monotonic() + 120
        wanted = {target: "1" for target in targets}
        while True:
            try:
                if query(own, "up{job='nodes'}") == wanted and \
                        set(query(own, "greyhound_node_ready == 1")) == targets and \
                        set(query(own, "rate(container_cpu_usage_seconds_total{name='net'}[1m])")) == targets:
                    break
            except (OSError, ValueError):
                pass
            if time.monotonic() > until:
                raise NeverCame((tmp_path / "log").read_text()[-2000:])
            time.sleep(0.5)
        assert "err=" not in (tmp_path / "log").read_text()
        check_expressions(own, sites[0])
    finally:
        process.kill()
        process.wait()
