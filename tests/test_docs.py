"""The blocks of code in the README and in docs/ run, so do the lessons; the site builds without a warning, for no network."""

import importlib
import re
import shlex
import subprocess
import sys
import warnings
from glob import glob
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from click.testing import CliRunner
from sigdelta.cli import group

import sigdelta as sd

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LESSONS = sorted((ROOT / "docs" / "lessons").glob("*.py"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
# what a reader must not run here: it opens a page, or another test runs it
ELSEWHERE = re.compile(r"--scheduler|sigdelta (demo|learn)|figure --all|\.flac|pip install|pytest|python tests/")
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|audio|video)\b[^>]*\bsrc=\"(?:https?:)?//|<link\b[^>]*\bhref=\"(?:https?:)?//"
)
mpl.use("agg")


def blocks(page, language):
    return [text for kind, text in BLOCK.findall(page.read_text()) if kind == language]


def commands(page):
    lines = "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [each.strip() for line in lines for each in line.split("  #")[0].split(";") if each.strip().startswith("sigdelta")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that the pages name."""
    place = tmp_path_factory.mktemp("reader")
    x, fs = 0.4 * sd.signals.noise(1.0, 16e3, bandwidth=200.0, seed=0), 16e3
    x /= np.abs(x).max()
    sd.save(sd.Recording(x, fs, "", "speech", None), place / "speech.wav")
    np.savetxt(place / "lab.csv", np.sin(np.arange(2000) / 50))
    spikes = sd.encode(x, fs, sd.LIF(0.02))
    sd.save(spikes, place / "speech.npz")
    sd.save(sd.Recording(sd.psp(spikes, fs), fs, "", "heard", None), place / "heard.wav")
    sd.save(sd.sweep(x, fs, sd.LIF(), threshold=[0.05, 0.2, 0.5], t_ref=[2e-3]), place / "speech.nc")
    return place


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_python_of_a_page_runs_from_top_to_bottom(page, folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = {}
    if "weights" in page.read_text():
        t = np.arange(2000) / 1000
        names |= {"x": np.sin(6 * t), "fs": 1000.0, "weights": np.ones((3, 2)), "neurons": [sd.LIF(0.1)] * 3, "sd": sd}
    for text in blocks(page, "python"):
        exec(compile(text, page.name, "exec"), names)
    plt.close("all")


WRITTEN = sorted({command for page in PAGES for command in commands(page)})


@pytest.mark.parametrize("command", [each for each in WRITTEN if not ELSEWHERE.search(each)])
def test_a_command_of_the_pages_runs(command, folder, monkeypatch):
    monkeypatch.chdir(folder)
    words = shlex.split(command.split(" > ")[0].split(" | ")[0])[1:]
    named = [name for word in words for name in (sorted(glob(word)) if "*" in word else [word])]
    done = CliRunner().invoke(group, named)
    assert done.exit_code == 0, (done.output, done.exception)


def test_every_block_is_of_a_kind_that_is_run_or_read():
    kinds = {kind for page in PAGES for kind, _ in BLOCK.findall(page.read_text())}
    assert kinds <= {"python", "sh", "text", ""}, "toctrees stand in braces"
    assert len(WRITTEN) > 20


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_and_asks(lesson, capsys):
    with sd.plots.style(), warnings.catch_warnings():
        warnings.simplefilter("ignore", sd.RecoveryWarning)
        exec(compile(lesson.read_text(), lesson.name, "exec"), {})
        assert len(plt.get_fignums()) >= 2
    plt.close("all")
    assert "dB" in capsys.readouterr().out
    assert lesson.read_text().count("**Question") >= 3


def test_the_gallery_keeps_nothing_of_a_script_that_is_gone(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "extensions")
    scripts, made, built = tmp_path / "figures", tmp_path / "docs" / "gallery", tmp_path / "html" / "gallery"
    for folder in (scripts, made / "images" / "thumb", built):
        folder.mkdir(parents=True)
    stale = [made / name for name in ("old.py", "old.rst", "old.py.md5", "old.codeobj.json", "images/sphx_glr_old_001_2_00x.png")]
    stale += [made / "images" / "thumb" / "sphx_glr_old_thumb.png", built / "old.html"]
    kept = [scripts / "old_two.py", made / "old_two.py", made / "old_two.rst", made / "images" / "sphx_glr_old_two_001.png"]
    for path in (*stale, *kept):
        path.touch()
    conf = SimpleNamespace(sphinx_gallery_conf={"examples_dirs": [scripts], "gallery_dirs": ["gallery"]})
    importlib.import_module("gallery").clean(SimpleNamespace(config=conf, srcdir=tmp_path / "docs", outdir=tmp_path / "html"))
    assert [path for path in stale if path.exists()] == []
    assert all(path.exists() for path in kept)


@pytest.mark.docs
@pytest.mark.skipif(find_spec("sphinx") is None, reason="needs the docs extra")
def test_the_site_builds_without_a_warning_and_asks_nothing_of_the_network():
    site = ROOT / "docs" / "_build" / "html"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", ROOT / "docs", site]
    # in a folder without the package's sources, so that what is installed is documented
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT / "docs")
    assert done.returncode == 0, done.stderr
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    assert [page.name for page in pages if FETCHED.search(page.read_text())] == []
    sheets = re.compile(r"(?:@import\s+|url\()['\"]?(?:https?:)?//")
    assert [sheet.name for sheet in site.rglob("*.css") if sheets.search(sheet.read_text())] == []
    assert "<math" in (site / "theory.html").read_text()
    assert "--saturation-rate" in (site / "cli.html").read_text()
    assert "interval_margin" in (site / "api" / "decoding.html").read_text()
