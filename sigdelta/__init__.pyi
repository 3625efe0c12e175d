from . import demo as demo
from . import figures as figures, files as files, imperfections as imperfections, learn as learn, neurons as neurons, plots as plots, signals as signals, theory as theory
from .decoding import (
    Decoder as Decoder,
    Recoverable as Recoverable,
    RecoveryWarning as RecoveryWarning,
    decode_bandlimited as decode_bandlimited,
    decode_lowpass as decode_lowpass,
    decode_wiener as decode_wiener,
    fit_wiener as fit_wiener,
    psp as psp,
    recoverable as recoverable,
)
from .encoding import Code as Code, Encoder as Encoder, code as code, encode as encode, potential as potential
from .files import Recording as Recording, load as load, load_result as load_result, load_spikes as load_spikes, load_wiener as load_wiener, save as save
from .filters import WienerFilter as WienerFilter
from .measures import channel_capacity as channel_capacity, discrete_information as discrete_information
from .measures import information_rate as information_rate
from .measures import (
    IntervalStatistics as IntervalStatistics,
    SineFit as SineFit,
    best_delay as best_delay,
    enob as enob,
    fit_sine as fit_sine,
    inband_noise as inband_noise,
    interval_statistics as interval_statistics,
    lowpassed as lowpassed,
    max_error as max_error,
    noise_spectrum as noise_spectrum,
    nrmse as nrmse,
    rms_error as rms_error,
    saturated_fraction as saturated_fraction,
    sfdr_db as sfdr_db,
    silent_fraction as silent_fraction,
    sinad_db as sinad_db,
    snr_db as snr_db,
    spikes_per_nyquist_interval as spikes_per_nyquist_interval,
    van_rossum as van_rossum,
    victor_purpura as victor_purpura,
)
from .networks import propagate as propagate, propagation as propagation
from .neurons import AdEx as AdEx, Izhikevich as Izhikevich
from .neurons import AdaptiveLIF as AdaptiveLIF, LIF as LIF, MultiplicativeLIF as MultiplicativeLIF, SpikeResponse as SpikeResponse
from .neurons import AsyncSigmaDelta as AsyncSigmaDelta, NoisyLIF as NoisyLIF, SigmaDelta as SigmaDelta
from .plots import plot as plot
from .populations import PopulationCode as PopulationCode, population as population
from .signals import recording as recording
from .spikes import SpikeTrain as SpikeTrain
from .sweeps import join_sweeps as join_sweeps, regions as regions, sweep as sweep, threshold_range as threshold_range
from .tuning import Tuning as Tuning, rate_distortion as rate_distortion, tune as tune, validity as validity
