"""A training's state in a file, from which it goes on to the bit."""

import json
import zipfile
from pathlib import Path

import numpy as np

from ..files import replacing

GROUPS = ("parameters", "first", "second", "best")


def save_checkpoint(path, about, state, groups):
    """Write, whole or not at all: what the training is `about` and its `state` as JSON, and dicts of arrays by group."""
    arrays = {f"{group}/{name}": value for group in GROUPS for name, value in groups[group].items()}
    with replacing(path) as temporary:
        np.savez(temporary, about=json.dumps(about), state=json.dumps(state), **arrays)


def load_checkpoint(path, about, shapes):
    """The state and the groups of a checkpoint, which must be of the same training and of parameters of these shapes.

    Raises
    ------
    OSError, ValueError
        A file that is missing or damaged, of another network, or of other settings.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        wrote, state = (json.loads(str(arrays.pop(name))) for name in ("about", "state"))
    except (KeyError, zipfile.BadZipFile, ValueError, EOFError) as error:
        raise ValueError(f"{path} is no checkpoint, or damaged: {error}") from error
    groups = {group: {} for group in GROUPS}
    for key, value in arrays.items():
        group, _, name = key.partition("/")
        groups.get(group, {})[name] = value
    for group in GROUPS:
        found = {name: value.shape for name, value in groups[group].items()}
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
