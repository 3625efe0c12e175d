"""Formats: a reader each, which returns a Table or a SpikeTrain and complains without the name of the file."""

from . import binary, text

READERS = {
    ".wav": binary.read_wav,
    ".npy": binary.read_npy,
    ".npz": binary.read_npz,
    **dict.fromkeys((".csv", ".tsv", ".txt"), text.read_text),
    **dict.fromkeys((".flac", ".ogg", ".oga", ".opus", ".au", ".snd", ".aiff", ".mp3"), binary.read_sound),
    **dict.fromkeys((".h5", ".hdf5"), binary.read_hdf5),
    ".edf": binary.read_edf,
}
