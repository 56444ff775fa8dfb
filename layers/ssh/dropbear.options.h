/* SPDX-License-Identifier: MIT */
/*
 * What our dropbear is: a server that lets in who has the key, and nobody else; one kind of key, one
 * way to agree on secrets and one with a post-quantum half, one cipher. Over dropbear's own defaults
 * (src/default_options.h there).
 */

/* Keys only, and these are Ed25519, in a file or in a security key (ed25519-sk). */
#define DROPBEAR_SVR_PASSWORD_AUTH 0
#define DROPBEAR_RSA 0
#define DROPBEAR_ECDSA 0

/* What every OpenSSH since 2014 has; its newer ones like mlkem768x25519-sha256 best. */
#define DROPBEAR_DH_GROUP14_SHA256 0
#define DROPBEAR_ECDH 0
#define DROPBEAR_SNTRUP761 0
#define DROPBEAR_AES128 0
#define DROPBEAR_AES256 0

/* A node's shell is all there is: nothing to forward a display or an agent for, no message of the day. */
#define DROPBEAR_SVR_AGENTFWD 0
#define DROPBEAR_SFTPSERVER 0
#define INETD_MODE 0
#define DO_MOTD 0

/* `ssh node svctl status` finds svctl. */
#define DEFAULT_PATH "/sbin:/bin:/usr/sbin:/usr/bin"
#define DEFAULT_ROOT_PATH "/sbin:/bin:/usr/sbin:/usr/bin"
