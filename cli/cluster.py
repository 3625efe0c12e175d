"""Workers of a dask scheduler, as an executor."""

import logging
from concurrent.futures import CancelledError, Executor

import click


class Cluster(Executor):
    """Runs ``function(signal, ...)`` on the workers of the scheduler at `address`, to each of which a signal is sent once.

    It is scattered to all of them when it is first met, so that the death of one loses nothing, and anew if all died; it is given
    up when the calls that need it are done and another signal comes.
    """

    def __init__(self, address):
        try:
            from distributed import Client
        except ImportError:
            raise ImportError("--scheduler needs distributed: pip install 'sigdelta[dask]'") from None
        try:
            self._client = Client(address, timeout="5s")
        except (OSError, ValueError) as error:
            raise click.ClickException(f"no dask scheduler answers at {address}: {error}") from None
        self._address, self._pool = address, self._client.get_executor()
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # the one line that is told is enough
        self._sent = {}

    def submit(self, function, signal, /, *args):
        _, scattered, calls = self._sent.get(id(signal), (None, None, []))
        if scattered is None or scattered.status != "finished":
            self._sent = {key: sent for key, sent in self._sent.items() if not all(call.done() for call in sent[2])}
            scattered = self._client.scatter(signal.x, broadcast=True, hash=False)
            self._sent[id(signal)] = signal, scattered, calls
        calls.append(self._pool.submit(function, scattered, *args))
        return calls[-1]

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._pool.shutdown(wait=wait and not cancel_futures)
        self._client.close()

    def __exit__(self, kind, error, trace):
        from distributed import KilledWorker

        self.shutdown(cancel_futures=error is not None)
        if isinstance(error, OSError | CancelledError) and self._client.status != "running":
            raise click.ClickException(
                f"the dask scheduler at {self._address} is gone; a sweep with --resume goes on from what is finished"
            ) from error
        if isinstance(error, KilledWorker):
            raise click.ClickException(f"work ended every worker that tried it (too little memory?): {error}") from error
