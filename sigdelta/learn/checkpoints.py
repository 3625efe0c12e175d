"""A training's state in a file, from which it goes on to the bit."""

import json
import zipfile
from pathlib import Path

import numpy as np

from ..files import replacing


class Checkpoint:
    """An .npz file that keeps a training every so many epochs, if there is a `path`, and that it goes on from, on `resume`.

    `about` is what the training is: only its own checkpoint is taken.
    """

    def __init__(self, path, resume, about, every=1):
        if path is not None and Path(path).suffix != ".npz":
            raise ValueError(f"checkpoint must be the name of an .npz file, not {str(path)!r}")
        if resume and path is None:
            raise ValueError("resume=True needs the checkpoint to go on from")
        self.path, self.resume, self.about, self.every = path, resume, about, every

    def begin(self, state, groups):
        """State and groups to start from: these, or those of the file."""
        return load_checkpoint(self.path, self.about, groups) if self.resume else (state, groups)

    def keep(self, state, groups):
        """Keep what there is after the epoch that `state` names, if its turn has come."""
        if self.path is not None and state["epoch"] % self.every == 0:
            save_checkpoint(self.path, self.about, state, groups)


def save_checkpoint(path, about, state, groups):
    """Write, whole or not at all: what the training is `about` and its `state` as JSON, and dicts of arrays by group."""
    arrays = {f"{group}/{name}": value for group in groups for name, value in groups[group].items()}
    with replacing(path) as temporary:
        np.savez(temporary, about=json.dumps(about), state=json.dumps(state), **arrays)


def load_checkpoint(path, about, like):
    """The state and the groups of a checkpoint, which must be of the same training, with arrays of the shapes of `like`.

    Raises
    ------
    OSError, ValueError
        A file that is missing or damaged, of another network, or of other settings.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: there is nothing to resume, so start without")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        wrote, state = (json.loads(str(arrays.pop(name))) for name in ("about", "state"))
    except (KeyError, zipfile.BadZipFile, ValueError, EOFError) as error:
        raise ValueError(f"{path} is no checkpoint of sigdelta's, or damaged") from error
    groups = {group: {} for group in like}
    for key, value in arrays.items():
        group, _, name = key.partition("/")
        groups.get(group, {})[name] = value
    for group in like:
        found, shapes = ({name: value.shape for name, value in each[group].items()} for each in (groups, like))
        if found != shapes:
            name = next(each for each in sorted({*found, *shapes}) if found.get(each) != shapes.get(each))
            raise ValueError(
                f"{path} is the checkpoint of another network: its {name} is "
                f"{found.get(name, 'missing')}, and must be {shapes.get(name, 'missing')}"
            )
    wanted = json.loads(json.dumps(about))
    if wrote != wanted:
        odd = ", ".join(f"{key}={wrote.get(key)!r}" for key in {**wanted, **wrote} if wrote.get(key) != wanted.get(key))
        raise ValueError(f"{path} is the checkpoint of another training, with {odd}: start anew, or give the same settings")
    return state, groups
