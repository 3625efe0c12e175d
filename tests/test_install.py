"""What is built from this tree, used from an empty folder: sdist, wheel from the sdist, console script, bundled data."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A copy of what git would hand out, so that leftovers of this tree cannot help."""
    folder = tmp_path_factory.mktemp("built")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0 or not listed.stdout:
        pytest.skip("needs a git checkout")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / "src" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "src" / name).write_bytes((ROOT / name).read_bytes())
    script = "from setuptools import build_meta; import sys; print(build_meta.build_sdist(sys.argv[1]))"
    environment = folder / "env"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "setuptools>=77"], check=True)
    subprocess.run([python, "-c", script, folder], cwd=folder / "src", check=True, capture_output=True)
    sdist = next(folder.glob("*.tar.gz"))
    subprocess.run([python, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, sdist], check=True)
    return sdist, next(folder.glob("*.whl")), python


def test_the_sdist_holds_the_tests_and_the_wheel_only_the_package(built):
    sdist, wheel, _ = built
    with tarfile.open(sdist) as archive:
        inside = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"tests/test_facts.py", "figures/spike_coding.py", "cli/sweep.py", "docs/cli.md", "LICENSE"} <= inside
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top.split("-")[0] for top in tops} == {"sigdelta"}
    expected = ["cli/__init__.py", "figures/spike_coding.py", "data/ecg.npz", "data/LICENSE-ecg.txt", "__init__.pyi", "py.typed"]
    for name in [*expected, "sigdelta.mplstyle", "kernels/lif.py"]:
        assert f"sigdelta/{name}" in names
    assert not [name for name in names if name.endswith((".nbi", ".nbc", ".pyc"))]


def test_the_wheel_works_read_only_from_an_empty_folder(built, tmp_path):
    """The dependencies of this environment, but only the wheel's sigdelta; no home directory, nothing writable."""
    _, wheel, python = built
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", wheel], check=True)
    own = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True)
    site = Path(own.stdout.strip())
    lent = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (site / "lent.pth").write_text("\n".join(lent))
    kernels = site / "sigdelta" / "kernels"
    # a file in the way of the cache folder, as root may write everywhere
    for path in kernels.glob("__pycache__/*"):
        path.unlink()
    if (kernels / "__pycache__").exists():
        (kernels / "__pycache__").rmdir()
    (kernels / "__pycache__").write_text("")
    env = {"PATH": os.environ["PATH"], "HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [site.parents[2] / "bin" / "sigdelta", "sweep", "--threshold", "0.1,0.3", "--quiet"],
        capture_output=True, text=True, cwd=tmp_path, env=env,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "best" in done.stdout
    assert len([line for line in done.stderr.splitlines() if "cache" in line]) == 1
    assert os.listdir(tmp_path) == []
