"""
Back to the signal
==================

Spikes are not a worse signal: where they are dense enough, the signal is all there. Decoders, density, exact recovery,
and what a time grid does to it.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

fs, band = 2000.0, 20.0
x = 1 + 0.25 * sd.signals.noise(10.0, fs, bandwidth=band, seed=2)
t = np.arange(x.size) / fs


def quality(x_hat):
    """SNR in dB where the decoder has all its spikes."""
    inner = np.isfinite(x_hat)
    return sd.snr_db(x[inner], x_hat[inner])


# %%
# Spikes per Nyquist interval
# ---------------------------
# A signal of 20 Hz is told by 40 numbers a second. This neuron fires 160 times a second, at intervals that tell what
# the signal was.

neuron = sd.LIF(threshold=1 / (20e-3 * 160), drive="current")
spikes = sd.encode(x, fs, neuron)
print(spikes)
print(sd.recoverable(spikes, band))

# %%
# Three decoders
# --------------
# The low pass needs nothing but the band. The Wiener filter learns from the first half. Recovery knows the neuron and
# solves for the signal.

wiener = sd.fit_wiener(spikes[0.0:5.0], x[: x.size // 2], fs)
decoded = {
    "low-pass": sd.decode_lowpass(spikes, fs, band, transition=band),
    "Wiener": sd.decode_wiener(spikes, fs, wiener),
    "band-limited": sd.decode_bandlimited(spikes, fs, neuron, band, hold="zero"),
}
figure, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(7, 4.2))
top.plot(t, x, color="0.6", lw=3, ls="-", label="signal")
for name, x_hat in decoded.items():
    print(f"{name:<13} {quality(x_hat):6.1f} dB")
    top.plot(t, x_hat, lw=1, label=name)
    bottom.semilogy(t, np.abs(x_hat - x) + 1e-17, lw=0.8)
top.set(xlim=(6, 7), ylabel="signal (1)")
bottom.set(xlabel="time (s)", ylabel="|error| (1)")
top.legend(ncols=4)

# %%
# **Question.** The third error is rounding. Where did 160 irregular events a second hide a signal exactly?
#
# Too few spikes
# --------------
# The higher the threshold, the fewer equations. The decoder refuses what cannot be known.

for rate in (160, 80, 60, 30):
    sparse = sd.LIF(1 / (20e-3 * rate), drive="current")
    train = sd.encode(x, fs, sparse)
    interval, density, missing = sd.recoverable(train, band)
    print(f"{rate:4} Hz: interval margin {interval:.2f}, rate margin {density:.2f}  {missing}")

try:
    sd.decode_bandlimited(train, fs, sparse, band, hold="zero")
except ValueError as error:
    print(error)

# %%
# **Question.** One neuron of 30 Hz is not enough for 20 Hz. Would two be? Try ``joint=True`` with two neurons of
# unequal thresholds.
#
# Round the times
# ---------------
# Digital hardware keeps time in steps. The same spikes, each at the nearest step:

steps = np.array([1e-7, 1e-6, 1e-5, 1e-4])
snr = []
for step in steps:
    rounded = np.clip(np.round(spikes.times / step) * step, spikes.start, np.nextafter(spikes.stop, 0))
    train = sd.SpikeTrain(rounded, spikes.heights, spikes.start, spikes.stop, spikes.kernel)
    snr.append(quality(sd.decode_bandlimited(train, fs, neuron, band, hold="zero")))
    print(f"step {1e6 * step:6.1f} us: {snr[-1]:5.1f} dB")

figure, ax = plt.subplots(figsize=(3.5, 2.6))
ax.semilogx(1e6 * steps, snr, marker="o")
ax.set(xlabel="time step (µs)", ylabel="SNR (dB)")

# %%
# **Questions.**
#
# 1. How many dB does a step ten times finer give? How does that compare with bits of a converter?
# 2. A simulator steps 0.1 ms. Which decoder would you still choose, and does the exact one help?
# 3. Give the decoder a wrong neuron, ``tau_m=21e-3``. How many dB are left, and why is the Wiener filter not hurt?
