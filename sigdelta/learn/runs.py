"""What a network did, with all that its gradients need."""

import numpy as np

from .events import Events, empty_lists


class State:
    """Arrays of a layer: `current`, `cell`, and u, eta and spikes, which have what was before the first step as row 0."""

    def __init__(self, current, p, name, network, start):
        steps, batch, n = current.shape
        self.current = current
        alpha, rho = (np.exp(-network.dt / p[f"{name}.{tau}"]) for tau in ("tau_m", "tau_adp"))
        gain = (1 - alpha) * current.dtype.type(network.resistance)
        self.cell = alpha, rho, 1 - rho, p[f"{name}.b0"], p[f"{name}.beta"], gain
        self.u, self.eta, self.spikes = (np.empty((steps + 1, batch, n), current.dtype) for _ in range(3))
        for array, value in zip((self.u, self.eta, self.spikes), start, strict=True):
            array[0] = value
        self.where, self.ends = empty_lists(((steps + 1) * batch, n))

    @property
    def events(self):
        """The spikes."""
        return self._events(slice(self.spikes.shape[1], None))

    @property
    def events_before(self):
        """The spikes of one step before."""
        return self._events(slice(None, -self.spikes.shape[1]))

    def _events(self, rows):
        ends = self.ends[rows]
        return Events(self.spikes.reshape(-1, self.spikes.shape[2])[rows], self.where, ends)


class Run:
    """What a network did: `outputs` (steps, batch, outputs), and `states` of its layers."""

    def __init__(self, network, parameters, x, events, states, outputs, values=None, y=None):
        self.network, self.parameters, self.x, self.events, self.states = network, parameters, x, events, states
        self.outputs, self.values, self.y = outputs, values, y

    @property
    def rates(self):
        """Mean firing rate of every layer in Hz."""
        return {name: float(state.spikes[1:].mean()) / self.network.dt for name, state in self.states.items()}
