"""The page with a server behind it: each visitor has a session, and nobody but this machine can ask."""

import errno
import json
import logging
import socket
import webbrowser
from urllib.parse import urlencode

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.models import ColumnDataSource
from bokeh.server.server import Server

import sigdelta as sd

from . import page
from .session import MOST_BYTES, Session
from .state import OWN

ADDRESS = "127.0.0.1"


def run(own, port, show, ready):
    """Serve the page, with `own` (a Recording or None), on a port of this machine (0: a free one) until interrupted.

    A browser is opened if `show`; ready(url, opened) is called once it can be visited. ValueError or OSError for a bad port.
    """
    port = _bindable(port)
    logging.getLogger("bokeh").setLevel(logging.ERROR)
    visit = Application(FunctionHandler(lambda doc: _visit(doc, own)))
    # base64 takes four bytes for three
    server = Server({"/": visit}, address=ADDRESS, port=port, allow_websocket_origin=[f"{ADDRESS}:{port}", f"localhost:{port}"],
                    websocket_max_message_size=2 * MOST_BYTES)  # fmt: skip
    # what is loaded or compiled at the first answer is so before anybody waits for it
    Session(own).answer({"curve": True})
    url = f"http://{ADDRESS}:{port}/"
    server.start()
    opened = bool(show) and webbrowser.open(url)
    if ready is not None:
        ready(url, opened)
    server.io_loop.start()


def _bindable(port):
    """The port, if it can be listened on; for 0 one that is free."""
    if not 0 <= port < 2**16:
        raise ValueError(f"port must be from 0 (any that is free) to 65535, not {port}")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((ADDRESS, port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise OSError(f"port {port} {reason}: choose another with --port, or --port 0 for any that is free") from None
        return trial.getsockname()[1]


def _visit(doc, own):
    """The page of one visitor, in the state of the URL."""
    session = Session(own)
    arguments = doc.session_context.request.arguments if doc.session_context.request else {}
    query = urlencode([(key, value.decode(errors="replace")) for key, values in arguments.items() for value in values])
    ask, answer = (ColumnDataSource({"text": [""]}) for _ in range(2))

    def reply(attr, old, new):
        request = json.loads(new["text"][0])
        answer.data = {"text": [json.dumps(session.answer(request) | {"id": request["id"]})]}

    ask.on_change("data", reply)
    page.fill(doc, signals(own), session.begin(query), ask, answer)
    doc.template = page.template()


def signals(own):
    """The menu of signals that are here: what the page shows of each, by name, `own` (a Recording or None) first."""
    menu = {name: f"{name}: {line}" for name, line in sd.signals.catalogue(here=True).items()}
    return {OWN: "your own file" if own is None else own.name} | menu
