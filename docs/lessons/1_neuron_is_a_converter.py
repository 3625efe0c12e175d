"""
A neuron is a converter
=======================

An electrocardiogram goes into a neuron, spikes come out. How much of the heart is in them? Threshold, error bound,
saturation, silence.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

ecg = sd.recording("ecg")
x, fs = ecg.x[: 10 * 360], ecg.fs
t = np.arange(x.size) / fs

# %%
# Code it
# -------
# Each spike stands for a step of one threshold that decays again. The next neuron adds them up: the post-synaptic potential, PSP.

neuron = sd.LIF(threshold=0.4)
code = sd.code(x, fs, neuron)
print(f"{len(code.spikes)} spikes, {code.snr_db:.1f} dB")

figure, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(7, 3.6), height_ratios=(3, 1))
sd.plots.plot_code(code, ax=top, band=sd.theory.error_bound(neuron), units="mV")
sd.plots.plot_spikes(code.spikes, ax=bottom)
top.set(xlim=(4, 6), xlabel="")

# %%
# **Question.** Where are the spikes dense, where are there none? What does the neuron do while the heart rests?
#
# The membrane is the error
# -------------------------
# What the neuron holds back, its membrane, is what the PSP lacks. It fires at half its threshold, so the error is never larger.

error = code.y - code.psp
print(f"error - membrane: {np.abs(error - code.membrane).max():.1e} mV")
print(f"largest error {np.abs(error).max():.4f} mV, bound {sd.theory.error_bound(neuron)} mV")
print(f"rms error {sd.rms_error(code.y, code.psp):.4f} mV, law of a busy code {sd.theory.error_law(neuron):.4f} mV")

# %%
# **Question.** Why is the rms below the law θ/√12 here? (Look at the rests between the beats.)
#
# A lower threshold
# -----------------

for threshold in (0.4, 0.2, 0.1, 0.05):
    code = sd.code(x, fs, sd.LIF(threshold))
    print(f"threshold {threshold:4} mV: {len(code.spikes):6} spikes, {code.snr_db:5.1f} dB")

# %%
# **Question.** What does one bit more cost an analog-to-digital converter, and what does it cost this neuron?
#
# Saturate it, silence it
# -----------------------
# Real neurons rest after a spike. At most 500 spikes a second, then: too low a threshold cannot keep up with the beat,
# too high a one never fires.

result = sd.sweep(x, fs, sd.LIF(), threshold=np.geomspace(0.01, 10, 40), t_ref=[0.0, 2e-3])
sd.plots.plot_sweep(result)
limited = result.isel(t_ref=1)
best = float(limited.snr_db.idxmax("threshold"))
onset = np.abs(x).max() / sd.theory.saturation_onset(sd.LIF(1.0, t_ref=2e-3))
print(f"best {float(limited.snr_db.max()):.1f} dB at {best:.2f} mV; the peak saturates a threshold below {onset:.2f} mV")

# %%
# **Questions.**
#
# 1. Which way does the best threshold move for a neuron of at most 250 Hz? Predict, then try.
# 2. ``sd.theory.dynamic_range_db(sd.LIF(t_ref=2e-3))`` is 26 dB. Which two voltages does it compare?
# 3. Put a constant of 1 mV on the signal. What happens to the spikes, to the error, and to the best threshold? Now with
#    ``tau_m=0.2``?
# 4. Exchange ``sd.LIF`` for ``sd.MultiplicativeLIF``: how many spikes for the same SNR, and why?
