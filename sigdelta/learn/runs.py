"""What a network did, with all that its gradients need."""

import numpy as np

from .events import Events, empty_lists


class State:
    """Arrays of a layer: `cell`, `bar`, and u, eta and spikes, which have what was before the first step as row 0."""

    def __init__(self, shape, dtype, p, name, network, start, old):
        steps, batch, n = shape
        if old is not None and (old.shape, old.dtype) == (shape, dtype):
            self.__dict__ |= vars(old)
        else:
            self.shape, self.dtype, self.bar = shape, dtype, np.empty((2, batch, n), dtype)
            self.u, self.eta, self.spikes = (np.empty((steps + 1, batch, n), dtype) for _ in range(3))
            self.where, self.ends = empty_lists(((steps + 1) * batch, n))
        alpha, rho = (np.exp(-network.dt / p[f"{name}.{tau}"]) for tau in ("tau_m", "tau_adp"))
        gain = (1 - alpha) * dtype.type(network.resistance)
        self.cell = alpha, rho, 1 - rho, p[f"{name}.b0"], p[f"{name}.beta"], gain
        for array, value in zip((self.u, self.eta, self.spikes), start, strict=True):
            array[0] = value

    def room_for_bar(self, kept):
        """Room for dL/du of all steps, if they are to be `kept`, or of two."""
        if kept and len(self.bar) < len(self.u):
            self.bar = np.empty_like(self.u)
        return self.bar

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
