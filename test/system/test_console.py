# SPDX-License-Identifier: MIT
"""The board's terminal, as a person at it finds it; and the boots where it is all there is."""

import re

import pytest
from node import lines_with

PROMPT = r"root@[a-z0-9.-]+:[^ ]*# "


def has_job_control(node):
    """Jobs are in process groups of their own: without that a shell knows no %1. (KILL, because a
    child of the shell that is not sleep yet may still ignore TERM, as the shell does.)"""
    output, _ = node.run_at_console("sleep 1000 & jobs; kill -KILL %1; wait; echo over")
    return "sleep 1000" in output and "over" in output and "can't access tty" not in node.log()


@pytest.fixture(scope="module")
def node(boot_shared):
    node = boot_shared({"etc/svc/other-terminal": "exec = /bin/sh -c 'tty; exec sleep 100000'\nconsole = /dev/hvc0\n"},
                       "svc.only=console,agent,other-terminal",
                       qemu=("-chardev", "null,id=hvc", "-device", "virtconsole,chardev=hvc"))
    node.expect(PROMPT)
    node.run_at_console("dmesg -n 1")
    return node


def test_a_command_typed_at_the_console_answers(node):
    output, status = node.run_at_console("svctl status console")
    assert status == 0
    assert re.search(r"console +(\x1b\[[0-9;]*m)?ready", output)
    assert node.run_at_console("svctl stop no-such-service").status == 4


def test_a_layers_programs_are_found(node):
    """They are in /usr/bin and /usr/sbin, where Debian's are."""
    node.ok("mkdir -p /usr/bin /usr/sbin && for word in bin sbin; do "
            "printf '#!/bin/sh\\necho from-%s\\n' $word >/usr/$word/its-$word; chmod 755 /usr/$word/its-$word; done")
    output, status = node.run_at_console("its-bin; its-sbin")
    assert status == 0 and "from-bin" in output and "from-sbin" in output


def test_echo_has_the_options_that_scripts_use(node):
    assert node.run_at_console("echo -n one; echo two").output.strip() == "onetwo"
    assert node.ok(r"/bin/echo -n one; /bin/echo -e 'a\tb'").strip() == "onea\tb"


def test_the_shell_has_job_control(node):
    assert has_job_control(node)


def test_interrupt_and_suspend_reach_the_program_in_the_foreground(node):
    node.type("sleep 12345")
    node.until("pgrep -f 'sleep 12345'")
    node.console.send("\x03")
    node.until("! pgrep -f 'sleep 12345'")
    node.type("sleep 23456")
    node.until("pgrep -f 'sleep 23456'")
    node.console.send("\x1a")
    node.expect("Stopped")
    assert "23456" in node.run_at_console("jobs; kill -KILL %1; wait").output


def test_the_terminal_is_the_one_the_kernel_command_line_names(node):
    assert "/dev/ttyAMA0" in node.run_at_console("tty").output
    assert node.ok(f"readlink /proc/{node.pid('console')}/fd/0").strip() == "/dev/ttyAMA0"


def test_the_environment_is_a_login_shells(node):
    output, _ = node.run_at_console("echo $PATH; echo $HOME; echo ${TERM:+has-term}")
    assert "/sbin:/bin" in output and "/root" in output and "has-term" in output
    assert "/root" in node.ok(f"tr '\\0' '\\n' </proc/{node.pid('console')}/environ | grep ^HOME=")


def test_a_service_can_own_another_terminal(node):
    pid = node.until_state("other-terminal", "ready")["pid"]
    for fd in (0, 1, 2):
        assert node.ok(f"readlink /proc/{pid}/fd/{fd}").strip() == "/dev/hvc0"


def test_leaving_the_shell_brings_a_new_one(node):
    before = node.pid("console")
    node.type("exit")
    service = node.until_service("console", lambda service: service["state"] == "ready"
                                 and service["pid"] != before)
    assert service["restarts"] >= 1
    node.expect(PROMPT)
    assert node.run_at_console("svctl status console").status == 0


def test_restarting_it_from_elsewhere_gives_a_shell_that_works(node):
    """The old shell's terminal is taken over with its session."""
    node.ok("svctl restart console")
    node.expect(PROMPT)
    node.run_at_console("dmesg -n 1")
    assert has_job_control(node)


# ---- When it is all there is ----


def test_a_node_without_any_layer_has_a_console_and_can_be_switched_off_there(boot):
    node = boot(agent=False)
    node.expect(PROMPT)
    node.run_at_console("dmesg -n 1")
    assert node.run_at_console("svctl wait console").status == 0
    node.run_at_console("dmesg -n 8")
    node.type("poweroff")
    node.wait_off()
    assert "reboot: Power down" in node.log()


def test_rescue_is_a_root_shell_and_nothing_else(boot):
    node = boot({"etc/svc/job": "exec = /bin/touch /run/job-ran\n"}, "rescue", agent=False)
    node.expect(PROMPT)
    node.run_at_console("dmesg -n 1")
    assert "uid=0" in node.run_at_console("id").output
    assert node.run_at_console("test -e /run/job-ran").status == 1
    assert node.run_at_console("pgrep netd").status == 1
    output = node.run_at_console("svctl status").output
    assert "rescue" in output
    assert not re.search(r"^(job|net|console) ", output, re.M)
    assert has_job_control(node)
    node.type("poweroff")
    node.wait_off()


def test_an_image_whose_services_are_gone_still_gives_a_shell(boot):
    """The layer's /init takes them away before PID 1 reads them, as a botched image would."""
    node = boot({"test/empty": "#!/bin/sh\nrm -rf /etc/svc\nexec /init\n"}, "rdinit=/test/empty", agent=False)
    node.expect(PROMPT)
    assert lines_with(node.log(), "init: .*/etc/svc: .*rescue shell")
    assert "uid=0" in node.run_at_console("id").output
    node.type("poweroff")
    node.wait_off()


def test_so_does_one_with_an_empty_folder(boot):
    node = boot({"test/empty": "#!/bin/sh\nrm -f /etc/svc/*\nexec /init\n"}, "rdinit=/test/empty", agent=False)
    node.expect(PROMPT)
    assert lines_with(node.log(), "init: .*no services.*rescue shell")
    assert "rescue" in node.run_at_console("svctl status").output
