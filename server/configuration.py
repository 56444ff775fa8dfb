# SPDX-License-Identifier: MIT
"""The configurations of dnsmasq, nginx and rsyslog, as texts, from the settings and the folder that all of
it lives in. Pure: what is written where, and who is started, is services.py's.

    <folder>/http/       what nodes fetch by HTTP (docs/netboot.md), and the page for people
    <folder>/tftp/      ipxe.efi
    <folder>/conf/      what this module makes
    <folder>/run/       process ids, sockets, temporary files
    <folder>/state/     leases; the log of each node
"""

import base64
import hashlib
import re
import textwrap

LEASE_TIME = "12h"
# dnsmasq's own limit is 50; whoever comes next gets no answer and asks again seconds later. Each takes a socket, of
# the 1,024 files a process may have open.
TFTP_MAX = 800


def text_of(text):
    """A text that is indented in the source."""
    return textwrap.dedent(text).lstrip("\n")


def dnsmasq(settings, folder):
    """DHCP as asked, and TFTP. DNS stays off: names are the network's business."""
    server = settings.address.ip
    lines = [
        "# Made by pxe-server; what is changed here is gone at its next start.",
        "port=0",
        f"interface={settings.interface}",
        "except-interface=lo",
        "bind-interfaces",
        "no-resolv",
        "no-hosts",
        # Pinging an address before giving it away takes 3 s of each node's first boot, and dnsmasq answers
        # nobody else meanwhile.
        "no-ping",
        "log-dhcp",
        "log-facility=-",
        f"pid-file={folder}/run/dnsmasq.pid",
        "enable-tftp",
        f"tftp-root={folder}/tftp",
        "tftp-no-fail",
        f"tftp-max={TFTP_MAX}",
    ]
    if settings.dhcp == "off":
        # Without a range it answers no DHCP. no-dhcp-interface= would take away TFTP as well.
        return "\n".join(lines) + "\n"
    # U-Boot says it is a PXE client of class 11 (arm64 EFI, RFC 4578); iPXE sets option 175.
    lines += [
        f"dhcp-leasefile={folder}/state/leases",
        "dhcp-match=set:ipxe,175",
        "dhcp-match=set:arm64,option:client-arch,11",
        # UEFI that boots by HTTP asks as a client of another class, and wants to be answered in its name.
        "dhcp-match=set:http,option:client-arch,19",
        "dhcp-option-force=tag:http,option:vendor-class,HTTPClient",
        f"dhcp-boot=tag:http,tag:!ipxe,{settings.url}/ipxe.efi",
        f"dhcp-boot=tag:!ipxe,tag:!http,ipxe.efi,,{server}",
        f"dhcp-boot=tag:ipxe,{settings.url}/boot.ipxe,,{server}",
    ]
    if settings.dhcp == "proxy":
        lines += [
            # Other machines that boot from this network are not for us to answer.
            "dhcp-ignore=tag:!arm64",
            f"dhcp-range={settings.address.network.network_address},proxy",
            "pxe-service=tag:!ipxe,ARM64_EFI,Greyhound,ipxe.efi",
            f"pxe-service=tag:ipxe,ARM64_EFI,Greyhound,{settings.url}/boot.ipxe",
        ]
        return "\n".join(lines) + "\n"
    lines += [
        f"dhcp-range={settings.first},{settings.last},{settings.address.network.netmask},{LEASE_TIME}",
        # Otherwise it stops at 1000.
        f"dhcp-lease-max={int(settings.last) - int(settings.first) + 1}",
        "dhcp-authoritative",
        f"dhcp-option=option:log-server,{server}",
        # iPXE's no-pxedhcp: what it is to boot is said here, so it need not wait three seconds for a proxy's offer.
        "dhcp-option=tag:ipxe,encap:175,176,1b",
    ]
    # dnsmasq names itself as router and name server unless told not to; it is neither.
    for option, name in (("router", "router"), ("dns", "dns-server"), ("ntp", "ntp-server")):
        value = settings.options.get(option)
        if option == "ntp" and settings.slurm:
            value = value or server  # which runs one (slurm.py)
        if value or option != "ntp":
            lines.append(f"dhcp-option=option:{name}" + (f",{value}" if value else ""))
    return "\n".join(lines) + "\n"


def page_policy(html):
    """The page's Content-Security-Policy: its own script and styles, by their hashes; what it asks is this server's, and
    nothing that a node says could be run or fetch anything."""
    def hashes(element):
        found = re.findall(f"<{element}>(.*?)</{element}>", html, re.DOTALL)
        return " ".join("'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
                        for text in found)
    return (f"default-src 'none'; script-src {hashes('script')}; style-src {hashes('style')}; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


# With SLURM=on: where jobs put and find what they share. A file appears whole, or not at all. An upload's temporary file
# has to be on the same file system for that.
SHARE = """
                location = /metrics {{ access_log off; alias {folder}/http/page/metrics; default_type text/plain; }}
                location /share/ {{
                    access_log off;
                    alias {folder}/share/;
                    autoindex on;
                    dav_methods PUT DELETE;
                    dav_access user:rw group:r all:r;
                    create_full_put_path on;
                    client_max_body_size 4g;
                    client_body_temp_path {folder}/run/nginx;
                }}"""


def nginx(settings, folder, page):
    """Files only; `page` is the text of the page for people. A node's requests are logged as JSON on standard output,
    for that page."""
    share = SHARE.format(folder=folder) if settings.slurm else ""
    return text_of(f"""
        # Made by pxe-server; what is changed here is gone at its next start.
        daemon off;
        worker_processes auto;
        pid {folder}/run/nginx.pid;
        error_log stderr warn;
        events {{ worker_connections 4096; }}
        worker_rlimit_nofile 8192;
        http {{
            types {{
                text/html html;
                application/json json;
                text/javascript js;
                image/svg+xml svg;
                text/plain ipxe txt log;
            }}
            default_type application/octet-stream;
            log_format node escape=json '{{"http":"$remote_addr","uri":"$uri","status":$status,'
                '"bytes":$body_bytes_sent,"size":"$sent_http_content_length","seconds":$request_time,'
                '"agent":"$http_user_agent"}}';
            access_log /dev/stdout node;
            client_body_temp_path {folder}/run/nginx;
            proxy_temp_path {folder}/run/nginx;
            fastcgi_temp_path {folder}/run/nginx;
            uwsgi_temp_path {folder}/run/nginx;
            scgi_temp_path {folder}/run/nginx;
            sendfile on;
            tcp_nopush on;
            server_tokens off;
            # A missing file is in the access log, which the page shows.
            log_not_found off;
            client_max_body_size 1k;
            # A node on a slow link may take its time between two reads, but not for ever.
            send_timeout 60s;
            # `current` is a link that a publication moves: it is looked up at every request.
            open_file_cache off;
            server {{
                listen {settings.address.ip}:{settings.http_port} default_server;
                root {folder}/http;
                location / {{ limit_except GET {{ deny all; }} }}
                location = / {{
                    access_log off;
                    add_header Content-Security-Policy "{page_policy(page)}";
                    add_header X-Content-Type-Options nosniff;
                    try_files /page/index.html =404;
                }}
                location /page/ {{
                    access_log off;
                    add_header Content-Security-Policy "default-src 'none'";
                    add_header X-Content-Type-Options nosniff;
                    add_header Cache-Control no-store;
                    gzip on;
                    gzip_types application/json;
                }}{share}
            }}
        }}
        """)


def rsyslog(settings, folder):
    """The nodes' logs: a file each below state/log, and all of it on standard output for the page."""
    return text_of(f"""
        # Made by pxe-server; what is changed here is gone at its next start.
        global(workDirectory="{folder}/run" maxMessageSize="8k")
        module(load="imudp")
        module(load="imtcp" maxSessions="2000" keepAlive="on")
        module(load="builtin:omfile" fileCreateMode="0644" dirCreateMode="0755")
        template(name="file" type="string" string="{folder}/state/log/%fromhost-ip%.log")
        template(name="line" type="string"
            string="%timegenerated:::date-rfc3339% %hostname% %app-name%: %msg:::drop-last-lf%\\n")
        template(name="page" type="list") {{
            constant(value="{{")
            property(outname="syslog" name="fromhost-ip" format="jsonf")
            constant(value=",")
            property(outname="host" name="hostname" format="jsonf")
            constant(value=",")
            property(outname="app" name="app-name" format="jsonf")
            constant(value=",")
            property(outname="message" name="msg" format="jsonf" droplastlf="on")
            constant(value="}}\\n")
        }}
        template(name="console" type="list") {{
            constant(value="{{")
            property(outname="netconsole" name="fromhost-ip" format="jsonf")
            constant(value=",")
            property(outname="message" name="rawmsg" format="jsonf" droplastlf="on")
            constant(value="}}\\n")
        }}
        template(name="raw" type="string"
            string="%timegenerated:::date-rfc3339% %fromhost-ip% netconsole: %rawmsg:::drop-last-lf%\\n")
        ruleset(name="nodes") {{
            action(type="omfile" dynaFile="file" template="line" dynaFileCacheSize="200")
            action(type="omfile" file="/dev/stdout" template="page")
        }}
        ruleset(name="consoles") {{
            action(type="omfile" dynaFile="file" template="raw" dynaFileCacheSize="200")
            action(type="omfile" file="/dev/stdout" template="console")
        }}
        input(type="imudp" address="{settings.address.ip}" port="{settings.syslog_port}" ruleset="nodes")
        input(type="imtcp" address="{settings.address.ip}" port="{settings.syslog_port}" ruleset="nodes")
        input(type="imudp" address="{settings.address.ip}" port="{settings.netconsole_port}"
            ruleset="consoles")
        """)
