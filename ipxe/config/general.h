/* SPDX-License-Identifier: MIT */
/* Nobody is asked for Ctrl-B, and what our scripts need beyond iPXE's usual is there. */
#undef BANNER_TIMEOUT
#define BANNER_TIMEOUT 0
#define DOWNLOAD_PROTO_HTTP
#define DOWNLOAD_PROTO_TFTP
#undef DOWNLOAD_PROTO_HTTPS
#define POWEROFF_CMD
#define REBOOT_CMD
#define PING_CMD
#define NTP_CMD
#define CONSOLE_CMD
#define PARAM_CMD
