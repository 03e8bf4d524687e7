"""Where data lies and how background work runs: database, cache, Celery, jobs."""

from __future__ import annotations

from config.settings.shape import (
    BROKER_URL,
    CACHE_URL,
    EMBEDDED,
    VAR_DIR,
    env,
)

if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "regulars.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # IMMEDIATE: a transaction that reads and then writes waits for its turn instead of failing
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;",
            },
        }
    }
else:
    DATABASES = {"default": {**env.db_url("DATABASE_URL"), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "regulars",
    }
}

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True  # results live in job rows, where they can be seen and queried
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "registry.tasks.run_training": {"queue": "training"},
    "recommendations.tasks.renew_search_index": {"queue": "training"},
    # minutes of work on a large shop: beside training, not before what should be seen at once
    "membership.tasks.find_*duplicates": {"queue": "training"},
    "*.score_*": {"queue": "scoring"},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# A process of the worker that took more is replaced after its task, as by renewing all of the demo's lists.
# Where every task took more, each would begin with loading its models again.
WORKER_MEMORY_MB = env.int("WORKER_MEMORY_MB", default=1_200)
# tasks that run every few seconds keep their connection; the default is a new one for each task
CELERY_DB_REUSE_MAX = 100 if EMBEDDED else None

# A job's lease outlives a few missed heartbeats; the reaper (beat, every JOB_REAP_SECONDS) queues an expired
# job again. Together they bound the pause after a killed worker: 6 + 3 s.
JOB_LEASE_SECONDS = 6.0
JOB_HEARTBEAT_SECONDS = 1.5
JOB_REAP_SECONDS = 3.0
MODEL_DIR = VAR_DIR / "models"
IMPORT_DIR = VAR_DIR / "imports"
IMPORT_UPLOAD_MAX_MB = env.int("IMPORT_UPLOAD_MAX_MB", default=2_048)  # the largest file that is taken
IMPORT_DISK_RESERVE_MB = env.int("IMPORT_DISK_RESERVE_MB", default=500)  # stays free when files are uploaded
IMPORT_REJECTS_DAYS = env.int("IMPORT_REJECTS_DAYS", default=30)  # after that, files of rejected rows go
IMPORT_UPLOAD_DAYS = env.int("IMPORT_UPLOAD_DAYS", default=3)  # after that, unused uploads go
DEMO_DIR = VAR_DIR / "demo"
# a quarter of a minute brings an hour of the demo shop: its two weeks take an hour and a half
DEMO_REPLAY_MINUTES_PER_TICK = env.int("DEMO_REPLAY_MINUTES_PER_TICK", default=30)

# a connected shop must be on the public internet; tests let one be on this machine
CONNECTORS_ALLOW_LOOPBACK = env.bool("CONNECTORS_ALLOW_LOOPBACK", default=False)
