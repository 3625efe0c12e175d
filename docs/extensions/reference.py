"""The API reference, a page a subject, written from the public names in sigdelta/__init__.pyi."""

import ast
import importlib
import inspect
from pathlib import Path

import sigdelta

TITLES = {"encoding": "Encoding", "decoding": "Decoding", "files": "Files", "spikes": "Spike trains", "neurons": "Neurons"}

INDEX = """Python reference
================

All public names: ``import sigdelta as sd``.

.. toctree::
   :maxdepth: 2

"""


def public_names():
    """Module to the public names that it gives, as the stub lists them; a public module gives all that it defines as well."""
    found = {}
    for node in ast.parse(Path(sigdelta.__file__).with_suffix(".pyi").read_text()).body:
        for alias in node.names:
            module, names = (node.module, [alias.name]) if node.module else (alias.name, _defined(alias.name))
            listed = found.setdefault(module, [])
            listed += [name for name in names if name not in listed]
    return {module: names for module, names in found.items() if names}


def _defined(name):
    """What a public module offers besides the names of sigdelta itself: its `__all__`, or what it defines."""
    module = importlib.import_module(f"sigdelta.{name}")
    own = getattr(module, "__all__", None) or [
        key for key, value in vars(module).items() if callable(value) and value.__module__ == module.__name__ and key[0] != "_"
    ]
    return [key for key in own if callable(getattr(module, key)) and not hasattr(sigdelta, key)]


def page(module, names):
    """One page: the module's first line, and every name's docstring."""
    title = TITLES.get(module, module.capitalize())
    doc = importlib.import_module(f"sigdelta.{module}").__doc__.splitlines()[0]
    parts = [title, "=" * len(title), "", _plain(doc), ""]
    for name in names:
        owner = sigdelta if name in sigdelta.__all__ else importlib.import_module(f"sigdelta.{module}")
        full = f"sigdelta.{name}" if owner is sigdelta else f"sigdelta.{module}.{name}"
        parts += [name, "-" * len(name), "", *_directive(getattr(owner, name), full), ""]
    return "\n".join(parts)


def _plain(text):
    return text.replace("|", r"\|")


def _directive(value, full):
    if not inspect.isclass(value):
        return [f".. autofunction:: {full}"]
    members = [key for key, each in vars(value).items() if key[0] != "_" and inspect.getdoc(each) and _written(each)]
    return [f".. autoclass:: {full}", *([f"   :members: {', '.join(members)}"] if members else [])]


def _written(member):
    """Whether somebody wrote it: not the fields of named tuples and dataclasses."""
    return inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod)


def write(app):
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    pages = {module: page(module, names) for module, names in sorted(public_names().items())}
    index = (
        "Python reference\n================\n\nAll public names, ``import sigdelta as sd``.\n\n.. toctree::\n   :maxdepth: 2\n\n"
    )
    pages["index"] = index + "".join(f"   {module}\n" for module in pages)
    for name, text in pages.items():
        path = folder / f"{name}.rst"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    for path in folder.glob("*.rst"):
        if path.stem not in pages:
            path.unlink()


def setup(app):
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
