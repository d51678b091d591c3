"""Handlers of a small web service; everything in `request` comes from strangers."""

import hmac
import html
import pickle
import subprocess
from pathlib import Path

FILES = Path("/srv/files")


def orders(database, request):
    """The orders of a customer."""
    name = request["customer"]
    return database.execute(f"SELECT id, total FROM orders WHERE customer = '{name}'").fetchall()


def order(database, request):
    """One order."""
    return database.execute("SELECT id, total FROM orders WHERE id = ?", (request["id"],)).fetchone()


def greeting(request):
    """A line of HTML."""
    return f"<p>Hello {html.escape(request['name'])}</p>"


def download(request):
    """The content of a file below FILES."""
    return (FILES / request["file"]).read_bytes()


def thumbnail(request):
    """Make a small picture of an uploaded one."""
    subprocess.run(["convert", "-thumbnail", "64x64", "--", "upload.png", "small.png"], check=True)
    return Path("small.png").read_bytes()


def ping(request):
    """Whether a host answers."""
    return subprocess.run(f"ping -c 1 {request['host']}", shell=True, check=False).returncode == 0


def restore(request):
    """The basket that the browser kept for us."""
    return pickle.loads(request["basket"])


def may_enter(request, token):
    """Whether the caller knows the token."""
    return hmac.compare_digest(request["token"].encode(), token.encode())


def may_administer(request, token):
    """Whether the caller knows the administrator's token."""
    return request["token"] == token
