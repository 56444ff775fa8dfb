# SPDX-License-Identifier: MIT
"""Many of everything: a thousand services in a layer, a hundred thousand orphans."""

import json

COUNT = 1000


def test_a_thousand_services(boot):
    """Each a process in a cgroup of its own; some need others, some die."""
    services = {f"etc/svc/job{number:03}": "exec = /bin/sleep 1000000\n"
                + (f"needs = job{number - number % 10:03}\n" if number % 10 else "ready = none\n")
                for number in range(COUNT)}
    node = boot(services, "svc.skip=net,console,blinkstick", settled=False, qemu=("-m", "1024"))
    node.ok("svctl wait ready --timeout 10m", deadline=600)  # it answers while it starts them
    status = node.status()
    ours = [service for service in status["services"] if service["name"].startswith("job")]
    assert sum(service["state"] == "ready" for service in ours) == COUNT
    assert len({service["pid"] for service in ours}) == COUNT

    # Nine of them need this one: they go first, and come back with it.
    before = {service["name"]: service["pid"] for service in status["services"]}
    node.ok("svctl stop job500; svctl start job500 && for i in $(seq 501 509); do svctl wait job$i; done")
    after = {service["name"]: service["pid"] for service in node.status()["services"]}
    assert {name for name in after if after[name] != before[name]} == {f"job{number}" for number in range(500, 510)}

    # All at once.
    node.ok("killall -KILL sleep")
    node.until(lambda: all(service["restarts"] == 1
                           for service in node.status()["services"] if service["name"].startswith("job")))
    node.ok("svctl wait job999 --timeout 5m", deadline=300)
    node.until(lambda: all(service["state"] == "ready" for service in node.status()["services"]
                           if service["name"].startswith("job")), deadline=300)
    node.ok("svctl reexec")
    boot_chart = json.loads(node.ok("svctl boot --json"))
    assert len(boot_chart["services"]) >= COUNT
    private = int(node.ok("awk '/^Private/ {sum += $2} END {print sum}' /proc/1/smaps_rollup"))
    assert private < 4096, f"PID 1 has {private} KiB"
    node.send("svctl poweroff")
    node.wait_off(deadline=300)
    assert "did not stop in time" not in node.log()


def test_a_hundred_thousand_orphans(boot, helper):
    """In storms of two thousand. None stays a zombie, and services start meanwhile."""
    node = boot({"etc/svc/spawner": "type = task\nexec = /bin/true\n", "test/orphans": helper("orphans")},
                "svc.only=agent,spawner", qemu=("-smp", "1"))
    node.ok("(for i in $(seq 50); do /test/orphans 2000 dead || exit; done; echo all) >/run/storms 2>&1 &")
    asked = 0
    while node.run("grep -q all /run/storms").status:
        node.ok("svctl restart spawner")
        asked += 1
    assert node.ok("grep -c '^2000 orphans' /run/storms").strip() == "50"
    assert asked > 0
    node.until("! grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null")
    assert int(node.ok("ls -d /proc/[0-9]* | wc -l")) < 100
