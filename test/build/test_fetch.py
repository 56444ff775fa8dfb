# SPDX-License-Identifier: MIT
"""mk/fetch: where sources come from, and what each kind of failure leaves behind: nothing."""

import hashlib
import http.server
import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
CONTENT = b"the source\n" * 1000


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves the files it is given; a file named slow-* trickles for ever."""

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.asked = []
        self.url = "http://127.0.0.1:%d" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.split("/")[-1]
        self.server.asked.append(name)
        if name not in self.server.files:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.files[name])
        while name.startswith("slow-"):
            time.sleep(0.1)
            try:
                self.wfile.write(b"more")
            except OSError:
                return

    def log_message(self, *_):
        pass


class Fetcher:
    """A cache, a sources.lock and a server of this test's own."""

    def __init__(self, folder):
        self.cache = folder / "cache"
        self.lock = folder / "sources.lock"
        self.server = Server({})
        self.mirror = ""

    def pin(self, *lines):
        self.lock.write_text("".join(line + "\n" for line in lines))

    def command(self, *names):
        return [str(TOP / "mk/fetch"), *names]

    def environment(self):
        return dict(os.environ, GREYHOUND_CACHE=str(self.cache), MIRROR=str(self.mirror),
                    SOURCES_LOCK=str(self.lock), no_proxy="127.0.0.1")

    def run(self, *names, before=()):
        return subprocess.run([*before, *self.command(*names)], env=self.environment(),
                              capture_output=True, text=True, timeout=60)

    def start(self, *names):
        return subprocess.Popen(self.command(*names), env=self.environment(), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def cached(self):
        return sorted(entry.name for entry in self.cache.iterdir()
                      if not entry.name.startswith(".lock-"))


@pytest.fixture
def fetcher(tmp_path):
    fetcher = Fetcher(tmp_path)
    yield fetcher
    fetcher.server.shutdown()
    fetcher.server.server_close()


def pinned(fetcher, name="thing-1.tar", content=CONTENT):
    return "thing 1 %s %s/%s" % (sha256(content), fetcher.server.url, name)


def test_a_source_is_fetched_once(fetcher):
    fetcher.pin(pinned(fetcher))
    fetcher.server.files["thing-1.tar"] = CONTENT
    for _ in range(2):
        result = fetcher.run("thing")
        assert result.returncode == 0, result.stderr
        assert pathlib.Path(result.stdout.strip()).read_bytes() == CONTENT
        assert result.stderr == ""
    assert fetcher.server.asked == ["thing-1.tar"]


def test_a_mirror_folder_comes_before_upstream(fetcher, tmp_path):
    fetcher.pin(pinned(fetcher))
    fetcher.mirror = tmp_path / "mirror"
    fetcher.mirror.mkdir()
    (fetcher.mirror / "thing-1.tar").write_bytes(CONTENT)
    assert fetcher.run("thing").returncode == 0
    assert fetcher.server.asked == []


def test_a_mirror_url_is_asked_by_every_name_the_file_has(fetcher):
    fetcher.pin("thing 1 %s https://unreachable.invalid/a.tar https://unreachable.invalid/b.tar"
                % sha256(CONTENT))
    fetcher.mirror = fetcher.server.url
    fetcher.server.files["b.tar"] = CONTENT
    assert fetcher.run("thing").returncode == 0
    assert fetcher.server.asked == ["a.tar", "b.tar"]


def test_either_packing_of_a_source_will_do(fetcher):
    fetcher.pin(pinned(fetcher, "first.tar", b"packed one way"),
                pinned(fetcher, "second.tar", b"packed the other way"))
    fetcher.server.files["second.tar"] = b"packed the other way"
    result = fetcher.run("thing")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip().endswith("/second.tar")


def test_a_wrong_hash_stops_and_names_both(fetcher):
    fetcher.pin(pinned(fetcher))
    fetcher.server.files["thing-1.tar"] = b"not the source"
    result = fetcher.run("thing")
    assert result.returncode == 1
    assert result.stdout == ""
    assert sha256(CONTENT) in result.stderr
    assert sha256(b"not the source") in result.stderr
    assert fetcher.cached() == ["thing-1.tar.bad"]


def test_a_file_gone_bad_in_the_cache_is_put_aside_and_fetched_anew(fetcher):
    fetcher.pin(pinned(fetcher))
    fetcher.server.files["thing-1.tar"] = CONTENT
    fetcher.cache.mkdir()
    (fetcher.cache / "thing-1.tar").write_bytes(CONTENT + b"a flipped bit")
    assert fetcher.run("thing").returncode == 1
    assert fetcher.cached() == ["thing-1.tar.bad"]
    assert fetcher.run("thing").returncode == 0


def test_not_found_anywhere(fetcher):
    fetcher.pin(pinned(fetcher))
    result = fetcher.run("thing")
    assert result.returncode == 1
    assert fetcher.server.url + "/thing-1.tar: " in result.stderr
    assert "404" in result.stderr
    assert fetcher.cached() == []


def test_no_network(fetcher):
    fetcher.pin("thing 1 %s https://unreachable.invalid/thing-1.tar" % sha256(CONTENT))
    result = fetcher.run("thing")
    assert result.returncode == 1
    assert "thing cannot be had" in result.stderr
    assert fetcher.cached() == []


def test_no_space(fetcher):
    fetcher.pin(pinned(fetcher))
    fetcher.server.files["thing-1.tar"] = os.urandom(1 << 20)
    fetcher.cache.mkdir()
    small_disk = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                  'mount -t tmpfs -o size=128k none "$GREYHOUND_CACHE" && "$@"; status=$?; '
                  'ls "$GREYHOUND_CACHE"; exit $status', "sh"]
    if subprocess.run([*small_disk[:4], "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine does not let us have a mount namespace")
    result = fetcher.run("thing", before=small_disk)
    assert result.returncode == 1
    assert "no space left" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_download_leaves_nothing(fetcher, number):
    fetcher.pin(pinned(fetcher, "slow-1.tar"))
    fetcher.server.files["slow-1.tar"] = CONTENT
    process = fetcher.start("thing")
    deadline = time.monotonic() + 120
    while not (fetcher.cache / "slow-1.tar.partial").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert errors == "fetch: thing: interrupted, nothing kept\n"
    assert fetcher.cached() == []


def test_two_at_once_fetch_once(fetcher):
    fetcher.pin(pinned(fetcher))
    fetcher.server.files["thing-1.tar"] = CONTENT
    both = [fetcher.start("thing") for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert fetcher.server.asked == ["thing-1.tar"]


def test_an_unknown_name(fetcher):
    fetcher.pin(pinned(fetcher))
    result = fetcher.run("other")
    assert result.returncode == 1
    assert "no source named 'other'" in result.stderr
