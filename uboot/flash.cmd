# SPDX-License-Identifier: MIT
# The SD card's script: writes the SPI flash from the FIT image this comes in, reads it back and compares.
# U-Boot has put that image at ${flasher_addr}; there is room at ${contents_addr} and ${again_addr}. Nothing
# is written unless the contents' hash is right.

setenv flashed no

echo "flasher: writing the SPI flash; do not switch off"
if imxtract ${flasher_addr} contents ${contents_addr}; then
	setenv length ${filesize}
	for try in 1 2 3; do
		if test ${flashed} = no; then
			echo "flasher: try ${try} of 3"
			if sf probe && sf update ${contents_addr} 0 ${length} && sf read ${again_addr} 0 ${length} && cmp.b ${contents_addr} ${again_addr} ${length}; then
				setenv flashed yes
			fi
		fi
	done
else
	echo "flasher: the contents on this card are damaged; nothing was written"
fi

if test ${flashed} = yes; then
	echo "flasher: DONE. 0x${length} bytes were written, read back and are the same."
	echo "flasher: switch off, take the card out, switch on."
else
	echo "flasher: FAILED. What is said above is why; the node may not start from its flash now."
	echo "flasher: switch off and on to try again with this card."
fi
while true; do sleep 3600; done
