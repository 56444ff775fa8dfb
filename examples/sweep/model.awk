# SPDX-License-Identifier: MIT
# Where x -> r x (1 - x) is after many steps, and how many different values it goes round: r in, a line out.
BEGIN {
	x = 0.5
	for (i = 0; i < 20000; i++) x = r * x * (1 - x)
	for (i = 0; i < 64; i++) {
		x = r * x * (1 - x)
		seen[sprintf("%.6f", x)] = 1
	}
	count = 0
	for (value in seen) count++
	printf "%.3f %d\n", r, count
}
