"""Which shape runs: embedded, with all data in `var/`, or on the services of DATABASE_URL and REDIS_URL."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)

# Threads of torch and LightGBM that wait for each other sleep instead of turning. Where another process has
# one of the cores, turning cost training 2 to 12 times the time. Read when those libraries are loaded, later.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
if bool(DATABASE_URL) != bool(REDIS_URL):
    missing = "REDIS_URL" if DATABASE_URL else "DATABASE_URL"
    raise ImproperlyConfigured(f"Set DATABASE_URL and REDIS_URL together, or neither: {missing} is missing.")
EMBEDDED = not DATABASE_URL
if EMBEDDED:
    VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key from the environment; in the embedded shape, one made once and kept in ``var/``."""
    given = env.str("SECRET_KEY", default="")
    if given:
        return str(given)
    if not EMBEDDED:
        raise ImproperlyConfigured(
            "SECRET_KEY is required when DATABASE_URL is set: any 50 random characters."
        )
    path = VAR_DIR / "secret_key"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        try:
            os.link(fresh, path)  # the first of several processes wins; nobody reads half a key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="utf-8")


def _valkey_socket() -> Path:
    """A unix socket in ``var/``, or in a private temporary folder where that path is too long to bind."""
    wanted = VAR_DIR / "valkey.sock"
    if len(str(wanted).encode()) <= 100:  # sun_path holds 108 bytes
        return wanted
    key = hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"regulars-{os.getuid()}-{key}" / "valkey.sock"


SECRET_KEY = _secret_key()
VALKEY_SOCKET = _valkey_socket()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_ID = 1

BROKER_URL = f"redis+socket://{VALKEY_SOCKET}" if EMBEDDED else REDIS_URL
CACHE_URL = f"unix://{VALKEY_SOCKET}?db=1" if EMBEDDED else REDIS_URL
