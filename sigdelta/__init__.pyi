from . import figures, files, plots, signals, theory
from .decoding import psp
from .encoding import Code, code, encode, potential
from .files import Recording, load, load_result, load_spikes, save
from .measures import max_error, nrmse, rms_error, saturated_fraction, snr_db
from .neurons import LIF
from .signals import recording
from .spikes import SpikeTrain
from .sweeps import regions, sweep, threshold_range
