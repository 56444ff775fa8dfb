# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of svctl for bash: . init/svctl/completion.bash
#
# For the build machine, where svctl is build/host/svctl; BusyBox's shell on a node has none. Commands
# and options are those of svctl(8). Names of services are PID 1's where one answers, else those of
# ./etc/svc and /etc/svc.

_svctl_services() {
	local names
	names=$("$1" status --json 2>/dev/null |
		sed -n 's/^  {"name":"\([a-z0-9._-]*\)","state".*/\1/p')
	[ -n "$names" ] || names=$(find -L etc/svc /etc/svc -maxdepth 1 -type f -printf '%f\n' 2>/dev/null)
	printf '%s\n' "$names"
}

_svctl_options() {
	case $1 in
	status) echo --json ;;
	logs) echo --follow --lines ;;
	start | stop | restart) echo --no-wait --timeout ;;
	wait | rescan) echo --timeout ;;
	boot) echo --json --svg ;;
	check) echo --root ;;
	poweroff | reboot | halt) echo --now ;;
	*) ;;
	esac
}

_svctl() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	local commands='status why logs start stop restart reload signal wait watch boot graph rescan
		check reexec poweroff reboot halt help'
	local words=

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="$commands --help --version"
	elif [ "$before" = --root ]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
	elif [[ $before = --timeout || $before = --lines || $before = -n ]]; then
		return
	elif [[ $word = -* ]]; then
		words=$(_svctl_options "$command")
	else
		case $command in
		check)
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			compopt -o filenames 2>/dev/null
			return
			;;
		help) words=$commands ;;
		wait) words="ready $(_svctl_services "${COMP_WORDS[0]}")" ;;
		signal)
			if [ "$COMP_CWORD" -eq 2 ]; then
				words='HUP INT QUIT KILL USR1 USR2 ALRM TERM CONT STOP WINCH'
			else
				words=$(_svctl_services "${COMP_WORDS[0]}")
			fi
			;;
		status | why | logs | start | stop | restart | reload | watch)
			words=$(_svctl_services "${COMP_WORDS[0]}")
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _svctl svctl
