"""The import rules of CONTRIBUTING.md, read from the syntax tree, so that imports inside functions count too."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = [
    {"checks", "kernels"},
    {"neurons", "spikes", "filters"},
    {"formats"},
    {"files"},
    {"signals"},
    {"encoding", "decoding", "imperfections"},
    {"networks", "populations"},
    {"theory", "measures"},
    {"sweeps"},
    {"plots", "learn"},
    {"figures"},
    {"cli"},
]
HOMES = {
    "numba": {"kernels"},
    "click": {"cli"},
    "matplotlib": {"plots", "figures"},
    "xarray": {"files", "sweeps"},
}
SOURCES = sorted([*ROOT.glob("sigdelta/**/*.py"), *ROOT.glob("cli/*.py"), *ROOT.glob("figures/*.py")])


def room(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "sigdelta" else parts[0]


def imports(path):
    """Absolute dotted names of everything a file imports."""
    package = ["sigdelta", *path.relative_to(ROOT).parent.parts]
    package = package[1:] if package[1:2] == ["sigdelta"] else package
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def height(name):
    return next(i for i, layer in enumerate(LAYERS) if name in layer)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_itself_and_lower_lines_only(path):
    here = room(path)
    if here == "__init__":
        assert list(imports(path)) == ["lazy_loader"]
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "sigdelta" and len(parts) > 1 and here not in ("cli", "figures"):
            target = parts[1]
            known = any(target in layer for layer in LAYERS)
            assert not known or target == here or height(target) < height(here), f"{here} imports {target}"
        if parts[0] in HOMES:
            assert here in HOMES[parts[0]], f"{parts[0]} has its home in {HOMES[parts[0]]}, not in {here}"


@pytest.mark.parametrize("path", [path for path in SOURCES if room(path) in ("cli", "figures")], ids=lambda path: path.name)
def test_commands_and_figures_use_public_names_only(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and ast.unparse(node).split(".")[0] in ("sd", "sigdelta"):
            private = [part for part in ast.unparse(node).split(".") if part.startswith("_")]
            assert set(private) <= {"__version__", "__path__"}, ast.unparse(node)
    for name in imports(path):
        parts = name.split(".")
        assert parts[0] != "sigdelta" or not any(part.startswith("_") for part in parts), name
        if room(path) == "figures" and parts[0] == "sigdelta":
            assert parts[1:2] != ["figures"], "a figure never imports another"


def test_every_source_is_in_a_known_room():
    assert {room(path) for path in SOURCES} - {"__init__"} == set.union(*LAYERS)


def test_public_names_do_not_shadow_modules():
    stub = ast.parse((ROOT / "sigdelta" / "__init__.pyi").read_text())
    names = [alias.name for node in stub.body for alias in node.names if node.module]
    assert not {path.stem for path in ROOT.glob("sigdelta/*.py")} & set(names)
    assert len(names) == len(set(names))


def test_importing_sigdelta_loads_no_framework():
    script = (
        "import sys, sigdelta;"
        "print([m for m in ('numpy', 'numba', 'scipy', 'matplotlib', 'click', 'xarray', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_exists():
    import sigdelta

    for name in sigdelta.__all__:
        assert getattr(sigdelta, name) is not None
