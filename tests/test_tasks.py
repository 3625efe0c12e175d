"""The tasks: published weights, codes learned and searched, the command; trainings of minutes under the mark `slow`."""

import json
from pathlib import Path

import numpy as np
import pytest
from command import refused, run
from facts import check_fact, tell

import sigdelta as sd
from sigdelta.kernels.clocked import clocked_population
from sigdelta.learn import (
    SRNN,
    at_rate,
    code_quality,
    ecg_data,
    evaluate,
    learn_code,
    learn_population,
    modulated_noise,
    nll,
    population_at_rate,
    population_quality,
    published_ecg,
    search_code,
    search_population,
)  # fmt: skip
from sigdelta.learn.codes import FS
from sigdelta.learn.coupled import STARTS, gains, population_step
from sigdelta.learn.ecg import NETWORK
from sigdelta.learn.modulated import learn_modulated_noise

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "qtdb"
RESULTS = Path(sd.figures.__path__[0]) / "learned_time_constants.json"
has_data = pytest.mark.skipif(not (FOLDER / "QTDB_test.mat").exists(), reason=f"the QT set is not in {FOLDER}")


@has_data
def test_published_ecg_weights():
    _, test = ecg_data(FOLDER)
    accuracy = []
    for seed in range(3):
        parameters, start = published_ecg(FOLDER, seed)
        seen = evaluate(NETWORK, parameters, nll, test, start=start, dtype=np.float64)
        accuracy.append(100 * seen["accuracy"])
    check_fact("published ECG weights: test steps that are right (%)", float(np.mean(accuracy)), 85.45, 86.05)
    assert max(accuracy) - min(accuracy) < 0.5, "almost independent of the draw"
    tell(f"  hidden {seen['rate.hidden0']:.0f}, output {seen['rate.readout']:.1f} spikes a neuron in 1000 steps")


def test_the_folder_of_the_ecg_is_named_where_it_is_missing():
    with pytest.raises(FileNotFoundError, match=r"the ecg task needs nowhere/QTDB_train.mat: give the folder"):
        ecg_data("nowhere")
    with pytest.raises(FileNotFoundError, match=r"the published weights are not there"):
        published_ecg("nowhere")


@pytest.fixture(scope="module")
def noises():
    return modulated_noise(16.0, 40.0, seed=1), modulated_noise(16.0, 40.0, seed=2)


def test_code_quality_is_that_of_encode_and_psp(noises):
    neuron = at_rate(noises[0], FS, sd.AdaptiveLIF(1.0, 2.0, 20e-3, 0.05, drive="current", firing="full", bipolar=False), 30.0)
    snr, rate = code_quality(noises[0], FS, neuron)
    code = sd.code(noises[0], FS, neuron, clocked=True)
    error = noises[0] - code.psp
    assert snr == pytest.approx(10 * np.log10(noises[0].var() / error.var()), abs=1e-9)
    assert abs(rate - code.spikes.rate) <= 2 / 16
    assert rate == pytest.approx(30, abs=0.1)
    difference = np.abs(code.error - code.membrane).max() / np.abs(code.y).max()
    check_fact("learned code: identity y - psp = u, relative", difference, 1e-12)


def test_learned_codes_reach_direct_search_and_adaptation_pays_where_strength_varies(noises):
    x, unseen = noises
    adaptive = learn_code(x, FS, 30.0, epochs=90)
    lif = learn_code(x, FS, 30.0, adaptive=False, epochs=60)
    audit = search_code(x, FS, 30.0, starts=[(20e-3, 5.0, 5e-3)])
    check_fact("code: direct search over surrogate gradient, adaptive (dB)", audit.snr_db - adaptive.snr_db, 0.5)
    audit = search_code(x, FS, 30.0, adaptive=False, starts=[(40e-3,)])
    check_fact("code: direct search over surrogate gradient, LIF (dB)", audit.snr_db - lif.snr_db, 0.5)
    held = [code_quality(unseen, FS, at_rate(unseen, FS, each.neuron, 30.0)) for each in (adaptive, lif)]
    assert abs(held[0][1] - held[1][1]) < 0.2, "equal rates"
    check_fact("code: tuned adaptive over tuned LIF, unseen noise, equal rate (dB)", float(held[0][0] - held[1][0]), 0.5, np.inf)


def test_gradients_of_a_population_are_finite_differences(noises):
    pieces, rng = noises[0][:2000].reshape(-1, 200).T[:, :, None], np.random.default_rng(0)
    start = {"thresholds": np.array([0.5, 1.0, 1.7]), "inhibition": rng.uniform(0.3, 0.8, (3, 3)) * (1 - np.eye(3)),
             "tau_m": np.array([20e-3])}  # fmt: skip

    def loss(name, index, step):
        at = {each: value.copy() for each, value in start.items()}
        at[name][index] *= np.exp(step)
        snr, fired, found = population_step(
            pieces, FS, at["thresholds"], at["inhibition"], at["tau_m"][0], 30.0, 3.0, smooth=True
        )
        return 3 * (fired / 30 - 1) ** 2 - snr * np.log(10) / 10, found

    found, worst, h = loss("tau_m", 0, 0.0)[1], 0.0, 1e-5
    for name, value in start.items():
        for index in np.ndindex(value.shape):
            far, near = (loss(name, index, n * h)[0] - loss(name, index, -n * h)[0] for n in (2, 1))
            worst = max(worst, abs((8 * near - far) / (12 * h) - found[name][index]) / np.abs(found[name]).max())
    check_fact("code of a population: gradients against finite differences", worst, 1e-7)


def test_a_population_is_that_of_its_definition_and_its_error_the_mean_of_the_membranes(noises):
    """Against the network that learns, and a sum of pulses: membranes of 1, 2, ... steps in the past are y less what all pay."""
    x, tau, thresholds = noises[0][:3000], 20e-3, np.array([1.0, 1.4, 2.2])
    inhibition = np.random.default_rng(1).uniform(0.2, 1.2, (3, 3)) * (1 - np.eye(3))
    alpha, psp, state = np.exp(-1 / (FS * tau)), np.empty(3000), np.zeros((3, 3))
    heights = thresholds * gains(inhibition)
    count = clocked_population(x, FS, tau, thresholds, inhibition, state, heights, psp)
    network = SRNN(1, (3,), 1, dt=1 / FS)
    p = network.initial(0, tau_m=tau, beta=0.0) | {"hidden0.b0": thresholds, "hidden0.input": np.ones((3, 1))}
    p["hidden0.recurrent"] = -inhibition * thresholds / (1 - alpha)
    layer = network.run(p, x[:, None, None]).states["hidden0"]
    assert count == layer.spikes.sum() > 50
    trains = []
    for j, height in enumerate(heights):
        times = (np.flatnonzero(layer.spikes[1:-2, 0, j]) + 2) / FS
        trains.append(sd.SpikeTrain(times, np.full(times.size, height), 0.0, 3.0, ((1.0, tau),)))
    joint, y = sum(sd.psp(train, FS) for train in trains), sd.potential(x, FS, sd.LIF(tau_m=tau, drive="current", firing="full"))
    size = np.abs(y).max()
    check_fact("code of a population: psp against a sum of pulses, relative", np.abs(psp - joint).max() / size, 1e-12)
    error = y - psp - layer.u[:-1, 0].mean(1)
    check_fact("code of a population: identity y - psp = mean of u, relative", np.abs(error).max() / size, 1e-12)
    equal = np.full((3, 3), 0.3)
    assert gains(equal) == pytest.approx(np.full(3, sd.population(x, FS, sd.LIF(1.0), 3, inhibition=0.3).gain))


def test_learned_inhibition_pays_and_reaches_direct_search(noises):
    x, unseen = noises
    held = []
    for coupled in (True, False):
        learned = learn_population(x, FS, 30.0, 2, coupled=coupled, starts=STARTS[:1])
        audit = search_population(x, FS, 30.0, 2, coupled=coupled, starts=STARTS[2:])
        kind = "coupled" if coupled else "uncoupled"
        check_fact(f"code: direct search over surrogate gradient, 2 LIF, {kind} (dB)", audit.snr_db - learned.snr_db, 0.5)
        thresholds = population_at_rate(unseen, FS, learned.thresholds, learned.inhibition, learned.tau_m, 30.0)
        held.append(population_quality(unseen, FS, thresholds, learned.inhibition, learned.tau_m))
        assert abs(held[-1][1] - 30) < 0.2
    check_fact(
        "code: 2 LIF that inhibit each other over 2 uncoupled, unseen noise (dB)", float(held[0][0] - held[1][0]), 1.0, np.inf
    )


def test_the_command_trains_resumes_and_refuses(tmp_path):
    folder = tmp_path / "digits"
    run("learn", "digits", "--epochs", 1, "-q", "-o", folder, fresh=True)
    done = run("learn", "digits", "--epochs", 2, "--resume", "-o", folder)
    assert "epoch 2 of 2: loss" in done.stderr
    assert "epoch 1 of" not in done.stderr
    result = json.loads((folder / "result.json").read_text())
    assert result["command"] == "sigdelta learn digits --seed 0 --epochs 2"
    assert len(result["curves"]["loss"]) == 2
    assert f"test_accuracy             {result['metrics']['test_accuracy']:.6g}" in done.stdout
    assert len(result["after"]["hidden0.tau_m"]) == len(result["before"]["hidden0.tau_m"])
    assert result["after"] != result["before"]
    assert (folder / "figure.png").stat().st_size > 20_000
    assert "digits" in run("learn", "--list").stdout
    assert "TASK must be one of code, digits, ecg" in refused("learn", "mnist", code=2)
    assert "--data is an option of ecg, not of digits" in refused("learn", "digits", "--data", ".", code=2)
    assert "the ecg task needs" in refused("learn", "ecg", "--data", tmp_path, "-o", tmp_path / "ecg")
    assert "--population is an option of code, not of xor" in refused("learn", "xor", "--population", 2, code=2)
    assert "there is nothing to resume" in refused("learn", "code", "--resume", "-o", tmp_path / "code")


def test_committed_results_hold_what_is_asked():
    runs = json.loads(RESULTS.read_text())["runs"]
    learned, fixed = (
        [each["metrics"]["test_accuracy"] for each in runs if each["name"] == name] for name in ("learned", "fixed")
    )
    assert len(learned) == len(fixed) == 3
    check_fact("digits by rows, learned time constants, mean of 3 seeds (committed)", float(np.mean(learned)), 0.88, 1.0)
    check_fact("digits by rows, learned over fixed, mean (committed)", float(np.mean(learned) - np.mean(fixed)), 0.0, 1.0)
    ecg = [each["metrics"] for each in runs if each["name"] == "ecg"]
    assert len(ecg) == 3
    check_fact(
        "ecg from scratch, mean of 3 seeds, % (committed)",
        100 * float(np.mean([each["test_accuracy"] for each in ecg])),
        83.5,
        100,
    )
    check_fact("ecg, slowest seed, s of one core (committed)", max(each.get("cpu_seconds", 0.0) for each in ecg), 360)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["learned", "fixed", pytest.param("ecg", marks=has_data)])
def test_a_committed_training_is_made_again_by_its_command(name, tmp_path):
    kept = next(each for each in json.loads(RESULTS.read_text())["runs"] if each["name"] == name)
    import subprocess
    import sys

    words = kept["command"].split()[1:] + (["--data", str(FOLDER)] if name == "ecg" else [])
    command = [str(Path(sys.executable).with_name("sigdelta")), *words, "-q", "-o", str(tmp_path)]
    subprocess.run(command, check=True)
    again = json.loads((tmp_path / "result.json").read_text())
    assert again["metrics"]["test_accuracy"] == pytest.approx(kept["metrics"]["test_accuracy"], abs=0.02)


def test_codes_that_are_done_are_not_learned_again(tmp_path):
    kept, seen = tmp_path / "code.npz", []

    def interrupt(epoch, epochs, latest):
        seen.append(epoch)
        if len(seen) == 8:
            raise KeyboardInterrupt

    whole = learn_modulated_noise(1, 5)
    with pytest.raises(KeyboardInterrupt):
        learn_modulated_noise(1, 5, checkpoint=kept, progress=interrupt)
    seen.clear()
    resumed = learn_modulated_noise(1, 5, checkpoint=kept, resume=True, progress=lambda *at: seen.append(at[0]))
    assert seen == [1, 2, 3, 4, 5], "the second code alone is learned"
    assert resumed.curves == whole.curves
    assert np.array_equal(resumed.outputs, whole.outputs)
    assert {**resumed.metrics, "seconds": 0} == {**whole.metrics, "seconds": 0}
    with pytest.raises(ValueError, match="checkpoint of another"):
        learn_modulated_noise(2, 5, checkpoint=kept, resume=True)
