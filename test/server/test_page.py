# SPDX-License-Identifier: MIT
"""The page in a browser, with nodes whose lines are made up."""

import functools
import http.server
import json
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from configuration import page_policy
from test_nodes import ADDRESS, MAC, Played

PAGE = Path(__file__).resolve().parents[2] / "server/page"
HOSTILE = "<img src=x onerror=document.title='taken'>"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def end_headers(self):
        # As nginx does: what the page needs has to be allowed by it.
        self.send_header("Content-Security-Policy", page_policy((PAGE / "index.html").read_text(encoding="utf-8")))
        super().end_headers()

    def log_message(self, format, *args):  # noqa: A002 (the name is http.server's)
        pass


@pytest.fixture
def show(tmp_path):
    """show(nodes, fragment): the page's elements after some seconds of the browser's own time."""
    root = tmp_path / "http"
    (root / "page/node").mkdir(parents=True)
    shutil.copy(PAGE / "index.html", root)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def dom(played, fragment="", size="390,844"):
        about = {"server": "192.168.77.1", "interface": "eth1", "dhcp": "proxy", "started": 900, "current": "1.0"}
        (root / "page/status.json").write_text(json.dumps(played.nodes.summary(played.now) | about))
        for number in played.nodes.by_number:
            (root / f"page/node/{number}.json").write_text(json.dumps(played.nodes.details(number)))
        browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
                   f"--window-size={size}", "--virtual-time-budget=6000", "--dump-dom",
                   f"http://127.0.0.1:{server.server_port}/{fragment}"]
        return subprocess.run(browser, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=120,
                              check=True).stdout

    yield dom
    server.shutdown()
    server.server_close()


def test_without_nodes_it_says_what_to_do(show):
    text = show(Played())
    assert "No node has asked yet" in text and "eth1" in text and "4011" in text


def test_a_ready_node_and_all_of_its_boot(show):
    played = Played()
    played.boot()
    played.log(HOSTILE, host=HOSTILE)
    text = show(played, f"#{MAC}")
    row = re.search(r'<details[^>]* class="good".*?</details>', text, re.S)[0]
    for word in ("ready after ", "1.0", MAC, f"http://{ADDRESS}:9100/metrics", "TFTP: got ipxe.efi", "Linux version 6.12"):
        assert word in row, word
    assert row.count('<i title="') == row.count('class="done"') == 7
    assert "<img" not in text and "&lt;img" in text and "<title>taken" not in text, "what a node says is text"


def test_two_hundred_nodes_the_ones_in_trouble_first(show):
    played = Played()
    for i in range(200):
        mac, address = f"52:54:00:00:00:{i:02x}", f"192.168.77.{i + 2}"
        played.dhcp("DHCPDISCOVER", mac=mac)
        played.dhcp("DHCPACK", mac=mac, address=address, name=f"n{i}")
        if i % 50 == 9:
            played.http("/default.ipxe", 404, address=address)
        played.now -= 4
    text = show(played, size="1200,900")
    assert re.findall(r'<details class="(\w+)"', text) == ["bad"] * 4 + ["busy"] * 196
    assert re.findall(r"<b>(n\d+)</b>", text)[:4] == ["n9", "n59", "n109", "n159"]
    assert "/default.ipxe answered 404" in text
    assert not re.search(r'(src|href)="https?://(?!192\.168\.77)', text), "it needs nobody else"
