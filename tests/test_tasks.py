"""The tasks: published weights, codes learned and searched, the command; trainings of minutes under the mark `slow`."""

import json
from pathlib import Path

import numpy as np
import pytest
from command import refused, run
from facts import check_fact, tell

import sigdelta as sd
from sigdelta.learn import at_rate, code_quality, ecg_data, evaluate, learn_code, modulated_noise, nll, published_ecg, search_code
from sigdelta.learn.codes import FS
from sigdelta.learn.ecg import NETWORK

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
    assert "it cannot be resumed" in refused("learn", "code", "--resume", "-o", tmp_path / "code")


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
@pytest.mark.parametrize("name", ["learned", "fixed", "ecg"])
def test_a_committed_training_is_made_again_by_its_command(name, tmp_path):
    kept = next(each for each in json.loads(RESULTS.read_text())["runs"] if each["name"] == name)
    import subprocess
    import sys

    words = kept["command"].split()[1:] + (["--data", str(FOLDER)] if name == "ecg" else [])
    command = [str(Path(sys.executable).with_name("sigdelta")), *words, "-q", "-o", str(tmp_path)]
    subprocess.run(command, check=True)
    again = json.loads((tmp_path / "result.json").read_text())
    assert again["metrics"]["test_accuracy"] == pytest.approx(kept["metrics"]["test_accuracy"], abs=0.02)
