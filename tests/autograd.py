"""The network of spiking neurons in torch, step by step, with a spike's derivative replaced; torch is given by who has it."""

import math

import numpy as np


def torch_spike(torch, network):
    """A step function with the surrogate as derivative."""
    sigma, h = network.sigma, network.lobes if network.surrogate == "multi-gaussian" else 0.0

    def normal(v, mean, width):
        return torch.exp(-((v - mean) ** 2) / (2 * width**2)) / (width * math.sqrt(2 * math.pi))

    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, v):
            ctx.save_for_backward(v)
            return (v > 0).to(v.dtype)

        @staticmethod
        def backward(ctx, gradient):
            (v,) = ctx.saved_tensors
            if network.surrogate == "triangular":
                return gradient * network.gamma * torch.clamp(1 - v.abs() / sigma, min=0)
            wings = h * (normal(v, sigma, 6 * sigma) + normal(v, -sigma, 6 * sigma)) if h else 0.0
            return gradient * network.gamma * ((1 + h) * normal(v, 0, sigma) - wings)

    return Spike.apply


def torch_outputs(torch, network, p, x, spike):
    """Outputs of the network for tensors p and x."""
    steps, batch = x.shape[:2]
    layers = [f"hidden{i}" for i in range(len(network.hidden))] + (["readout"] if network.readout == "spiking" else [])
    zeros = {name: x.new_zeros(batch, p[f"{name}.bias"].numel()) for name in layers}
    state = {name: (zeros[name], zeros[name], zeros[name]) for name in layers}
    decays = {name: torch.exp(-network.dt / value) for name, value in p.items() if ".tau" in name}
    y, outputs = x.new_zeros(batch, network.outputs), []
    for t in range(steps):
        below = x[t]
        for name in layers:
            u, eta, s = state[name]
            alpha, rho = decays[f"{name}.tau_m"], decays[f"{name}.tau_adp"]
            current = torch.nn.functional.linear(below, p[f"{name}.input"], p[f"{name}.bias"])
            if f"{name}.recurrent" in p:
                current = current + torch.nn.functional.linear(s, p[f"{name}.recurrent"])
            eta = rho * eta + (1 - rho) * s
            theta = p[f"{name}.b0"] + p[f"{name}.beta"] * eta
            u = alpha * u + (1 - alpha) * network.resistance * current - s * theta
            below = spike(u - theta)
            state[name] = u, eta, below
        if network.readout == "spiking":
            y = u
        else:
            kappa = decays["readout.tau_m"]
            y = kappa * y + (1 - kappa) * torch.nn.functional.linear(below, p["readout.input"], p["readout.bias"])
        outputs.append(y)
    return torch.stack(outputs)


def torch_gradients(torch, network, parameters, x, weights):
    """Outputs, and d(sum of weights * outputs) by every parameter, as arrays."""
    p = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    outputs = torch_outputs(torch, network, p, torch.tensor(x), torch_spike(torch, network))
    (outputs * torch.tensor(weights)).sum().backward()
    return outputs.detach().numpy(), {name: np.asarray(value.grad) for name, value in p.items()}
