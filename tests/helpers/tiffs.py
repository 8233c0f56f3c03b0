"""TIFF files with any tags, byte by byte."""

import struct


def tiff(data, tags=(), photometry=1, bits=8, form=1, samples=1, width=8, order="<", packed=1):
    """A TIFF of one strip, ``packed`` as its data are; ``tags`` are more of them, (number, value), of 16 bits."""
    entries = [(256, width), (257, 8), (258, bits), (259, packed), (262, photometry), (273, 8)]
    entries += [(277, samples), (278, 8), (279, len(data)), (339, form), *tags]
    if samples > 1:  # one number for all samples is enough for Pillow
        entries = [(number, value) for number, value in entries if number != 339 or form != 1]
    directory = struct.pack(f"{order}H", len(entries))
    for number, value in sorted(entries):
        directory += struct.pack(f"{order}HHI", number, 4 if value > 65535 else 3, 1)
        directory += struct.pack(f"{order}I" if value > 65535 else f"{order}Hxx", value)
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(data))
    return start + data + directory + bytes(4)
