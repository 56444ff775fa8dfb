# SPDX-License-Identifier: MIT
"""What clients may do to the monitor, on this machine and under sanitizers; and what it makes of a kernel and a
PID 1 that are played: 1,000 services, sensors that fail."""

import base64
import hashlib
import http.client
import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

import exposition
import pytest
from archive import ROOT
from node import die_with_parent
from ports import free_port

RESMOND = Path(os.environ.get("RESMOND", ROOT / "build/host/unit/resmond"))
DEADLINE = 60
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
PLACES = 16  # SERVER_CLIENTS


class Played:
    """A kernel and a PID 1 of files: only what the test is about is there."""

    def __init__(self, folder):
        self.root = folder
        self.services = []
        self.path = folder / "init.sock"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def add_services(self, count):
        for i in range(count):
            name = f"service-{i:04}"
            self.services.append(name)
            group = f"sys/fs/cgroup/svc/{name}"
            self.write(f"{group}/cpu.stat", f"usage_usec {i * 1000000 + 5}\nuser_usec 3\n")
            self.write(f"{group}/memory.current", f"{4096 * (i + 2)}\n")
            self.write(f"{group}/memory.peak", f"{4096 * (i + 3)}\n")
            self.write(f"{group}/memory.stat", "anon 4096\ninactive_file 4096\n")
            self.write(f"{group}/memory.events", f"low 0\noom 1\noom_kill {i % 3}\n")
            self.write(f"{group}/memory.max", "max\n")
            self.write(f"{group}/pids.current", "1\n")

    def _serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        verb = connection.recv(4096).split()[1]
        node = "node hostname=played state=ready now_ms=9000 ready_ms=12 kernel_ready_ms=50 boot_reason=reboot\n"
        word = "service" if verb == b"status" else "state"
        lines = [f"{word} name={name} state=ready pid=7 since_ms=60 restarts=2\n" for name in self.services]
        try:
            connection.sendall((node + "".join(lines) + ("ok\n" if verb == b"status" else "live\n")).encode())
            if verb != b"status":
                connection.recv(1)
        except OSError:
            pass
        connection.close()


class Monitor:
    def __init__(self, log, *arguments, **environment):
        self.port = free_port()
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen([RESMOND, f"--port={self.port}", *arguments], stderr=output,
                                            preexec_fn=die_with_parent, env={**os.environ, **environment})
        until = time.monotonic() + DEADLINE
        while True:
            try:
                self.connect().close()
                return
            except ConnectionRefusedError:
                assert self.process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.02)

    def connect(self, host="127.0.0.1"):
        return socket.create_connection((host, self.port), timeout=DEADLINE)

    def say(self, data):
        """All that comes for `data` until the connection is closed."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer

    def scrape(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        assert answer.status == 200
        text = answer.read().decode()
        connection.close()
        return text

    def end(self):
        """It stops when told, and the sanitizers had nothing to say."""
        self.process.terminate()
        assert self.process.wait(DEADLINE) == 0, self.log.read_text()
        assert "Sanitizer" not in self.log.read_text()


@pytest.fixture
def monitor(tmp_path):
    one = Monitor(tmp_path / "log")
    yield one
    one.end()


@pytest.fixture
def played(tmp_path):
    kernel = Played(tmp_path)
    monitors = []

    def start():
        monitors.append(Monitor(tmp_path / "log", f"--root={tmp_path}", GREYHOUND_INIT_SOCKET=str(kernel.path)))
        return monitors[-1]

    kernel.start = start
    yield kernel
    for one in monitors:
        one.end()


def status(answer):
    return int(re.match(rb"HTTP/1\.1 ([0-9]{3}) ", answer).group(1))


def test_over_ipv4_and_ipv6_it_is_the_same(monitor):
    for host in ("127.0.0.1", "::1"):
        with monitor.connect(host) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert status(connection.recv(4096)) == 503


def test_metrics_of_this_machine_are_sound(monitor):
    text = monitor.scrape()
    assert exposition.lint(text) == []
    metrics = exposition.parse(text)
    assert metrics.value("node_memory_MemTotal_bytes") > 0
    # There is no PID 1 of ours here: said, and nothing made up.
    assert metrics.value("node_scrape_collector_success", collector="services") == 0
    assert "greyhound_node_ready" not in metrics
    once = subprocess.run([RESMOND, "--once"], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert set(exposition.parse(once)) >= set(metrics) - {"resmond_http_responses_total"}


@pytest.mark.parametrize(("request_text", "wanted"), [
    (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
    (b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
    (b"GET /metrics/../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
    (b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405),
    (b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 413),
    (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
    (b"nonsense\r\n\r\n", 400),
    (b"GET / HTTP/3.0\r\n\r\n", 505),
    (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 50000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 5000 + b"\r\n", 431),
])
def test_an_odd_request_gets_its_status_and_a_body(monitor, request_text, wanted):
    answer = monitor.say(request_text)
    assert status(answer) == wanted
    head, body = answer.split(b"\r\n\r\n", 1)
    assert int(re.search(rb"Content-Length: ([0-9]+)", head).group(1)) == len(body) > 0
    assert b"\r\nConnection: close" in head
    assert (b"\r\nAllow: GET, HEAD" in head) == (wanted == 405)


def test_head_is_get_without_its_body(monitor):
    for path in ("/metrics", "/", "/healthz", "/nothing"):
        heads = []
        for method in ("GET", "HEAD"):
            answer = monitor.say(f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            heads.append(answer.split(b"\r\n\r\n", 1)[0])
        assert heads[0] == heads[1]
        assert answer == heads[1] + b"\r\n\r\n"


def test_an_old_client_gets_no_chunks(monitor):
    head, body = monitor.say(b"GET /metrics HTTP/1.0\r\n\r\n").split(b"\r\n\r\n", 1)
    assert b"chunked" not in head and b"Content-Length" not in head
    exposition.parse(body.decode())


def test_a_connection_is_kept_and_requests_may_be_sent_ahead(monitor):
    connection = http.client.HTTPConnection("127.0.0.1", monitor.port, timeout=DEADLINE)
    for path in ("/metrics", "/nothing", "/", "/metrics"):
        connection.request("GET", path)
        connection.getresponse().read()
    port = connection.sock.getsockname()[1]
    connection.request("GET", "/healthz")
    connection.getresponse().read()
    assert connection.sock.getsockname()[1] == port
    connection.close()
    answer = monitor.say(REQUEST * 20 + b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert len(re.findall(rb"HTTP/1\.1 200 OK", answer)) == 20
    assert len(re.findall(rb"HTTP/1\.1 503 ", answer)) == 1


def test_many_scrapers_at_once_get_all_of_it(monitor):
    found = []

    def scrape():
        for _ in range(5):
            found.append(len(exposition.parse(monitor.scrape())))

    threads = [threading.Thread(target=scrape) for _ in range(PLACES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 5 * PLACES


def test_silent_clients_do_not_keep_others_out(monitor):
    """Three times as many as there are places: who says nothing has to go when another comes."""
    silent = [monitor.connect() for _ in range(3 * PLACES)]
    for connection in silent[::2]:
        connection.send(b"GET /metr")
    text = monitor.scrape()
    assert exposition.parse(text).value("resmond_http_clients_closed_total", reason="room") > 0
    for connection in silent:
        connection.close()


def test_clients_that_vanish_are_no_harm(monitor):
    for i in range(100):
        connection = monitor.connect()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if i % 2:
            connection.send(REQUEST[:i % len(REQUEST)] if i % 4 == 1 else REQUEST * 3)
        connection.close()
    exposition.parse(monitor.scrape())


def test_a_thousand_services_are_told_whole_also_to_a_slow_reader(played):
    played.add_services(1000)
    monitor = played.start()
    text = monitor.scrape()
    metrics = exposition.parse(text)
    assert len(metrics["container_cpu_usage_seconds_total"]) == 1000
    assert metrics.value("container_cpu_usage_seconds_total", name="service-0999") == 999.000005
    assert metrics.value("container_memory_working_set_bytes", name="service-0003") == 4 * 4096
    assert metrics.value("container_oom_events_total", name="service-0005") == 2
    assert metrics.value("greyhound_boot_info", reason="reboot") == 1
    assert "container_spec_memory_limit_bytes" not in metrics
    # A window of a few kilobytes, and pauses; meanwhile another is served, and services change.
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.settimeout(DEADLINE)
    slow.connect(("127.0.0.1", monitor.port))
    slow.sendall(REQUEST.replace(b"Host: a", b"Host: a\r\nConnection: close"))
    answer = slow.recv(1000)
    played.services = played.services[:1]
    assert len(exposition.parse(monitor.scrape())["container_cpu_usage_seconds_total"]) == 1
    while part := slow.recv(20000):
        answer += part
    body, rest = b"", answer.split(b"\r\n\r\n", 1)[1]
    while True:
        size, rest = rest.split(b"\r\n", 1)
        if int(size, 16) == 0:
            break
        body, rest = body + rest[:int(size, 16)], rest[int(size, 16) + 2:]
    assert rest == b"\r\n"
    assert len(exposition.parse(body.decode())["container_cpu_usage_seconds_total"]) == 1000


def test_a_sensor_that_fails_is_left_out_and_told(played):
    for zone, temperature in (("0", "41500\n"), ("1", "none\n"), ("2", "-5000\n")):
        played.write(f"sys/class/thermal/thermal_zone{zone}/type", f'cpu "{zone}"\\\n')
        played.write(f"sys/class/thermal/thermal_zone{zone}/temp", temperature)
    played.write("sys/class/hwmon/hwmon0/name", "nct\n")
    (played.root / "sys/class/hwmon/hwmon0/temp1_input").mkdir()  # EISDIR when it is read
    played.write("sys/class/hwmon/hwmon0/temp2_input", "38000\n")
    played.write("proc/loadavg", "0.25 1.00 12.5 1/80 4000\n")
    metrics = exposition.parse(played.start().scrape())
    assert metrics.value("node_thermal_zone_temp", zone="0") == 41.5
    assert metrics.value("node_thermal_zone_temp", zone="2", type='cpu \\"2\\"\\\\') == -5
    assert metrics.labels("node_thermal_zone_temp", "zone") == {"0", "2"}
    assert metrics.labels("node_hwmon_temp_celsius", "sensor") == {"temp2"}
    assert metrics.value("node_load15") == 12.5
    for name, good in (("thermal_zone", 0), ("hwmon", 0), ("loadavg", 1), ("meminfo", 0), ("cpufreq", 1)):
        assert metrics.value("node_scrape_collector_success", collector=name) == good, name


def test_heat_is_told_with_hysteresis(played):
    played.write("sys/class/thermal/thermal_zone0/type", "cpu\n")
    played.write("sys/class/thermal/thermal_zone0/temp", "91000\n")
    monitor = played.start()
    until = time.monotonic() + DEADLINE
    while "temperature: 91 degrees" not in monitor.log.read_text():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("argument", ["--port=0", "--port=99999", "--port=", "--temperature=hot",
                                      "--memory-pressure=101", "--nothing", "once"])
def test_a_wrong_argument_is_refused(argument):
    done = subprocess.run([RESMOND, argument], stderr=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 2 and argument.split("=")[0] in done.stderr


# ---- The page ----


def dom(port, folder, size):
    """What a browser makes of the page after some seconds of its own time, and a picture of it."""
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
               f"--window-size={size}", "--virtual-time-budget=15000", f"http://127.0.0.1:{port}/"]
    done = subprocess.run([*browser, "--dump-dom"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          timeout=120, check=False)
    return done.stdout


def test_the_page_may_run_its_own_script_and_fetch_from_its_node_alone(monitor):
    head, body = monitor.say(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").split(b"\r\n\r\n", 1)
    policy = re.search(r"\r\nContent-Security-Policy: (.*?)\r\n", head.decode() + "\r\n")[1]
    for tag in ("script", "style"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>".encode(), body, re.S)
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy, f"daemons/resmond/page.c should have {digest}"
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    # What its policy would not let it do is not in it.
    assert not re.search(rb"<[^>]* (style|on[a-z]+)=", body)


def test_the_page_shows_the_node(played, tmp_path):
    played.add_services(3)
    for name in ("proc/stat", "proc/meminfo", "proc/loadavg", "proc/net/dev"):
        played.write(name, Path("/", name).read_text())
    played.write("sys/class/thermal/thermal_zone0/type", "cpu\n")
    played.write("sys/class/thermal/thermal_zone0/temp", "48200\n")
    text = dom(played.start().port, tmp_path, "390,844")
    for word in ('class="pill good">ready', "48.2", "service-0002", "after reboot", "of "):
        assert word in text, f"{word} is not in {text[-3000:]}"
    rows = re.findall(r"<tr>.*?</tr>", text.split('id="services"')[1], re.S)
    assert len(rows) == 3
    assert len(re.findall(r"<svg", rows[0])) == 2  # sparklines of CPU and memory
    assert len(re.findall(r'<path d="M[0-9.]+ [0-9.]+L', text)) >= 4, "lines with several points"
    assert not re.search(r'(src|href)="https?:', text)
