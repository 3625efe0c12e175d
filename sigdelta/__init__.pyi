from . import figures as figures, files as files, imperfections as imperfections, learn as learn, neurons as neurons, plots as plots, signals as signals, theory as theory
from .decoding import LowpassDecoder as LowpassDecoder, decode_lowpass as decode_lowpass, decode_wiener as decode_wiener
from .decoding import fit_wiener as fit_wiener, psp as psp
from .encoding import Code as Code, code as code, encode as encode, potential as potential
from .files import Recording as Recording, load as load, load_result as load_result, load_spikes as load_spikes, load_wiener as load_wiener, save as save
from .filters import WienerFilter as WienerFilter
from .measures import channel_capacity as channel_capacity, discrete_information as discrete_information
from .measures import information_rate as information_rate
from .measures import (
    max_error as max_error,
    nrmse as nrmse,
    rms_error as rms_error,
    saturated_fraction as saturated_fraction,
    snr_db as snr_db,
)
from .networks import propagate as propagate, propagation as propagation
from .neurons import AdEx as AdEx, Izhikevich as Izhikevich
from .neurons import AdaptiveLIF as AdaptiveLIF, LIF as LIF, MultiplicativeLIF as MultiplicativeLIF, SpikeResponse as SpikeResponse
from .neurons import AsyncSigmaDelta as AsyncSigmaDelta, NoisyLIF as NoisyLIF, SigmaDelta as SigmaDelta
from .populations import PopulationCode as PopulationCode, population as population
from .signals import recording as recording
from .spikes import SpikeTrain as SpikeTrain
from .sweeps import join_sweeps as join_sweeps, regions as regions, sweep as sweep, threshold_range as threshold_range
