# SPDX-License-Identifier: MIT
"""Finds the instruction sequences that a Cortex-A53 may carry out wrongly (ARM's Software Developers Errata Notice,
ARM-EPM-048406), in ELF files for arm64. The classes of instructions are those of the Arm Architecture Reference Manual,
C4.1; where a sequence might count or not, it counts."""

import struct

ZERO = 31  # the register that reads as zero


def sections_of_code(image):
    """(address, bytes) of each section that is to be run."""
    offset, = struct.unpack_from("<Q", image, 0x28)
    size, count = struct.unpack_from("<HH", image, 0x3A)
    for number in range(count):
        kind, flags, address, start, length = struct.unpack_from("<4xIQQQQ", image, offset + number * size)
        if kind == 1 and flags & 4:  # SHT_PROGBITS, SHF_EXECINSTR
            yield address, image[start:start + length]


def accesses_memory(word):
    return word & 0x0A000000 == 0x08000000


def loaded(word):
    """The general registers that a load or store may load; of SIMD's, and of a store, none."""
    first, second = word & 31, word >> 10 & 31
    if word >> 26 & 1:
        return set()
    if word & 0x3B000000 == 0x18000000:  # literal
        return {first}
    if word & 0x3A000000 == 0x28000000:  # pair
        return {first, second} if word >> 22 & 1 else set()
    if word & 0x3F000000 == 0x08000000:  # exclusive, ordered
        return ({first, second} if word >> 21 & 1 else {first}) if word >> 22 & 1 else set()
    return {first} if word >> 22 & 3 else set()


def accumulates(word):
    """A 64-bit multiply-accumulate, whose addend is a register: MADD, MSUB, and those of 32 bits to 64."""
    return word & 0xFF000000 == 0x9B000000 and word >> 21 & 7 in (0, 1, 5) and word >> 10 & 31 != ZERO


def is_835769(first, second):
    """A load or store, then a multiply-accumulate that does not have to wait for what was loaded."""
    used = {second >> 5 & 31, second >> 16 & 31, second >> 10 & 31}
    return accumulates(second) and accesses_memory(first) and not loaded(first) & used


def is_843419(address, words):
    """ADRP in one of a page's last two words, a load or store, perhaps another instruction, then a load or store at
    an offset from ADRP's register."""
    if address & 0xFFF not in (0xFF8, 0xFFC) or words[0] & 0x9F000000 != 0x90000000:
        return False
    register = words[0] & 31
    return accesses_memory(words[1]) and any(
        word & 0x3B000000 == 0x39000000 and word >> 5 & 31 == register for word in words[2:4])


def sequences(path):
    """{erratum: [addresses]}"""
    image = path.read_bytes()
    found = {835769: [], 843419: []}
    for start, code in sections_of_code(image):
        words = [word for word, in struct.iter_unpack("<I", code[:len(code) & ~3])]
        for index in range(1, len(words)):
            if words[index] >> 24 == 0x9B and is_835769(words[index - 1], words[index]):
                found[835769].append(start + 4 * (index - 1))
        for index in range((0xFF8 - start % 4096) % 4096 // 4, len(words), 1024):
            for at in (index, index + 1):
                if is_843419(start + 4 * at, words[at:at + 4] + [0] * 4):
                    found[843419].append(start + 4 * at)
    return found
