"""The teaching page: served to this machine's browser, or written into one file. Needs bokeh, the extra `demo`."""

from importlib.util import find_spec


def serve(own=None, port=5006, show=True, ready=None):
    """Serve the page on 127.0.0.1 until interrupted; nothing leaves the machine.

    Parameters
    ----------
    own : Recording, optional
        A signal to begin with; the bundled ECG if not given.
    port : int
        Where to listen; 0 takes any that is free.
    show : bool
        Open the page in a browser.
    ready : callable, optional
        Called as ready(url, opened) when the page can be reached, `opened` telling whether a browser was found.

    Raises
    ------
    OSError, ValueError, ImportError
        A port in use or out of range; bokeh is not installed.
    """
    _need_bokeh()
    from .server import run

    run(own, port, show, ready)


def write_html(path, own=None):
    """Write the lesson into one file that needs neither Python nor a network: its sliders go through steps computed here.

    Parameters
    ----------
    path : str or path
        An .html file.
    own : Recording, optional
        The signal of the lesson; the bundled ECG if not given.

    Raises
    ------
    OSError, ValueError, ImportError
        A folder that cannot be written, another ending; bokeh is not installed.
    """
    _need_bokeh()
    from .export import write

    write(path, own)


def _need_bokeh():
    if find_spec("bokeh") is None:
        raise ImportError("the teaching page needs bokeh: pip install 'sigdelta[demo]'")
