"""The processes behind ``make run`` when some of them are stopped or killed."""

from __future__ import annotations

import signal
import subprocess

import pytest
from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis

from tests.shops import Shop, wait_until

pytestmark = pytest.mark.reliability


def broker_of(shop: Shop) -> Celery:
    app = Celery(broker=f"redis+socket://{shop.folder}/valkey.sock")
    app.conf.update(task_default_queue="default", broker_transport_options={"max_retries": 1})
    return app


def publish(app: Celery) -> bool:
    try:
        app.send_task("registry.tasks.reap_expired_jobs", retry=False)
    except OperationalError:
        return False
    return True


def waiting(shop: Shop) -> int:
    with Redis(unix_socket_path=f"{shop.folder}/valkey.sock") as client:
        return int(client.llen("default"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_requested_stop_leaves_nothing_and_is_no_failure(shop: Shop, number: signal.Signals) -> None:
    shop.wait_for_process("-n", "training@")
    children = shop.descendants()
    assert len(children) >= 6  # valkey, web and its worker, worker and its pool, training, beat
    assert shop.supervisor is not None
    shop.signal(number)
    assert shop.supervisor.wait(timeout=60) == 0
    assert not [child for child in children if child.is_running()]


def test_all_children_end_with_a_killed_supervisor(shop: Shop) -> None:
    shop.wait_for_process("-n", "worker@")
    children = shop.descendants()
    shop.signal(signal.SIGKILL)
    wait_until(
        lambda: not [child for child in children if child.is_running()], seconds=3, what="all children gone"
    )


def test_it_starts_again_after_being_killed(shop: Shop) -> None:
    shop.signal(signal.SIGKILL)
    shop.start()
    shop.wait_until_serving()


def test_a_killed_broker_is_restarted_and_tasks_continue(lasting_shop: Shop) -> None:
    app = broker_of(lasting_shop)
    wait_until(lambda: publish(app) and waiting(lasting_shop) == 0, seconds=30, what="work before")
    broker = lasting_shop.wait_for_process("valkey-server")
    broker.kill()
    wait_until(lambda: publish(app), seconds=5, what="publishing again")
    # by the same worker, or by its successor where Celery could not get over the loss
    wait_until(lambda: publish(app) and waiting(lasting_shop) == 0, seconds=15, what="work taken again")
    assert lasting_shop.wait_for_process("-n", "worker@").is_running()


def test_a_second_run_is_refused_and_the_first_goes_on(lasting_shop: Shop) -> None:
    assert lasting_shop.supervisor is not None
    environment = {**lasting_shop.environment, "PORT": str(lasting_shop.port + 1)}
    second = subprocess.run(
        lasting_shop.command("run"), env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert second.returncode == 1
    assert (
        f"already running at http://127.0.0.1:{lasting_shop.port} (pid {lasting_shop.supervisor.pid})"
        in second.stderr
    )
    assert lasting_shop.answers()


@pytest.mark.parametrize("words", [("gunicorn",), ("-n", "worker@"), ("-n", "training@"), ("beat",)])
def test_each_process_is_replaced_when_it_is_killed(lasting_shop: Shop, words: tuple[str, ...]) -> None:
    first = lasting_shop.wait_for_process(*words)
    first.kill()
    first.wait(timeout=10)
    again = lasting_shop.wait_for_process(*words)
    assert again.pid != first.pid
    wait_until(lasting_shop.answers, seconds=30, what="serving")
