"""Threads of this machine, as an executor."""

from concurrent.futures import ThreadPoolExecutor


class Threads(ThreadPoolExecutor):
    """After Ctrl-C nobody waits for what is still computed, or compiled."""

    def __exit__(self, kind, error, trace):
        self.shutdown(wait=kind is not KeyboardInterrupt, cancel_futures=kind is not None)
