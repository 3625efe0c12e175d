"""Listening: a signal as a WAV file in a data URI."""

import base64
import io
import wave

import numpy as np

AUDIBLE, RATE, TONE, OCTAVES = 4000.0, 8000, 330.0, 1.0


def data_uri(x, fs, peak):
    """Sound of a signal whose full scale is `peak`: itself from 4 kHz on; slower ones as the pitch of a tone.

    The tone lies at 330 Hz where the signal is 0, and an octave higher where it is `peak`. Unknown samples (nan) are silent.
    """
    known = np.isfinite(x)
    x = np.clip(np.where(known, x, 0.0) / peak, -1.0, 1.0)
    if fs < AUDIBLE:
        at = np.arange(int(x.size / fs * RATE)) / RATE * fs
        pitch = TONE * 2 ** (OCTAVES * np.interp(at, np.arange(x.size), x))
        loud = np.interp(at, np.arange(x.size), known.astype(float))
        x, fs = 0.5 * loud * np.sin(2 * np.pi * np.cumsum(pitch) / RATE), RATE
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(round(fs))
        file.writeframes(np.round(32767 * x).astype("<i2").tobytes())
    return "data:audio/wav;base64," + base64.b64encode(buffer.getvalue()).decode()
