"""sigdelta learn: networks that learn to code."""

from pathlib import Path

import click

import sigdelta as sd

from .options import quiet_option


@click.command()
@click.argument("task", required=False)
@click.option("--list", "listed", is_flag=True, help="Names of the tasks, and what they are.")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False), help="Folder for checkpoint, result and figure.  [learned/TASK]"
)
@click.option("--epochs", type=click.IntRange(1), help="At most so many passes over the data.  [default: the task's]")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of weights, order and split of the data.")
@click.option("--resume", is_flag=True, help="Go on from the folder's checkpoint, to the same end as without interruption.")
@click.option("--fixed", is_flag=True, help="digits: hold the time constants where they start.")
@click.option("--data", type=click.Path(), help="ecg: folder of the QT set.  [../shared/data/qtdb]")
@click.option("--population", type=click.IntRange(2), help="code: learn so many LIF neurons together, too.")
@quiet_option
def learn(task, listed, output, epochs, seed, resume, fixed, data, population, quiet):
    """Train on TASK, measure on data that were not learned, and draw what came of it.

    \b
    sigdelta learn --list
    sigdelta learn digits --epochs 40 -o digits
    """
    tasks = sd.learn.TASKS
    if listed:
        for name, call in tasks.items():
            click.echo(f"{name:<10}  {call.__doc__.splitlines()[0]}")
        return
    if task not in tasks:
        raise click.UsageError(f"TASK must be one of {', '.join(tasks)}, not {task!r}")
    for name, value, only in (("--fixed", fixed, "digits"), ("--data", data, "ecg"), ("--population", population, "code")):
        if value and task != only:
            raise click.UsageError(f"{name} is an option of {only}, not of {task}")
    folder = Path(output or Path("learned") / task)
    folder.mkdir(parents=True, exist_ok=True)
    options = {"fixed": True} if fixed else {"data": data} if data else {}
    options |= {"population": population} if population else {}
    options |= {"epochs": epochs} if epochs else {}
    progress = None if quiet else _tell
    outcome = tasks[task](seed, checkpoint=folder / "checkpoint.npz", resume=resume, progress=progress, **options)
    shown = [f"sigdelta learn {task} --seed {seed}", *(["--fixed"] if fixed else [])]
    shown += [f"--{name} {value}" for name, value in (("population", population), ("epochs", epochs)) if value]
    with sd.files.replacing(folder / "result.json") as temporary:
        Path(temporary).write_text(sd.learn.outcome_json(outcome, " ".join(shown)), encoding="utf-8")
    with sd.plots.style():
        sd.plots.save(sd.plots.plot_learning(outcome), folder / "figure.png")
    for name, value in outcome.metrics.items():
        click.echo(f"{name:<24}  {value:.6g}")
    if not quiet:
        click.echo(f"written to {folder}", err=True)


def _tell(epoch, epochs, latest):
    values = ", ".join(f"{name} {value:.4g}" for name, value in latest.items())
    click.echo(f"epoch {epoch} of {epochs}: {values}", err=True)
