"""A sweep over the workers of a Dask cluster, real processes on loopback: the rows of one machine, whoever dies."""

from __future__ import annotations

import sys
import time

import pytest
from command import refusal
from dask_cluster import Cluster, free_port
from sweeping import archive_file, grid_file, sweep
from walks import walk

from analysis.study.sweeps import cluster as clusters
from analysis.study.sweeps import stored

pytestmark = pytest.mark.long

GRID = f"[grid]\natr_length = {list(range(2, 62))}\nrisk = ['low', 'normal', 'high']\n"


@pytest.fixture
def cluster(tmp_path):
    folder = tmp_path / "cluster"
    folder.mkdir()
    made = Cluster(folder)
    yield made
    made.close()


@pytest.fixture
def asked(tmp_path):
    candles = archive_file(tmp_path, walk(8, 12_000, 0.5, 0.0))
    return ("--klines", candles, "--grid", grid_file(tmp_path, GRID))


def test_the_rows_are_those_of_this_machine_also_when_a_worker_is_killed_in_the_middle(cluster, asked, monkeypatch):
    alone, _ = sweep(*asked, "--processes", 1)
    cluster.worker()
    cluster.worker()
    assert sweep(*asked, "--scheduler", cluster.address)[0] == alone

    rows_of = clusters._Sweep.rows

    def killing(self, pieces):
        for number, done in enumerate(rows_of(self, pieces)):
            if number == 3:
                cluster.workers[0].kill()
                cluster.workers[0].wait(timeout=30)
            yield done

    monkeypatch.setattr(clusters._Sweep, "rows", killing)
    assert sweep(*asked, "--scheduler", cluster.address)[0] == alone
    assert cluster.workers[0].poll() is not None


def test_when_the_last_worker_dies_and_another_comes_the_candles_are_sent_again(cluster, asked, monkeypatch):
    alone, _ = sweep(*asked, "--processes", 1)
    cluster.worker()
    rows_of = clusters._Sweep.rows

    def killing(self, pieces):
        for number, done in enumerate(rows_of(self, pieces)):
            if number == 1:
                cluster.workers[0].kill()
                cluster.workers[0].wait(timeout=30)
                cluster.worker()
            yield done

    monkeypatch.setattr(clusters._Sweep, "rows", killing)
    assert sweep(*asked, "--scheduler", cluster.address)[0] == alone


@pytest.mark.more
def test_a_scheduler_that_dies_is_a_sentence_and_what_is_done_stays(cluster, asked, monkeypatch, tmp_path):
    cluster.worker()
    out = tmp_path / "x.parquet"
    add = stored.Part.add

    def kill(part, rows):
        add(part, rows)
        cluster.scheduler.kill()

    with monkeypatch.context() as patch:
        patch.setattr(stored.Part, "add", kill)
        sentence = refusal("sweep", *asked, "--scheduler", cluster.address, "--out", out)
    assert sentence == f"the scheduler at {cluster.address} is gone"
    said = sweep(*asked, "--out", out)[1]
    assert "of 180 sets are in" in said


def test_no_scheduler_is_a_sentence_within_ten_seconds(asked):
    address = f"tcp://127.0.0.1:{free_port()}"
    begin = time.monotonic()
    assert refusal("sweep", *asked, "--scheduler", address).startswith(
        f"no Dask scheduler answers at {address} within 8 s"
    )
    assert time.monotonic() - begin < 11
    assert refusal("sweep", *asked, "--scheduler", "nowhere").startswith("no Dask scheduler answers at nowhere within")


def test_a_scheduler_without_workers_is_a_sentence(cluster, asked, monkeypatch):
    monkeypatch.setattr(clusters, "REACHED", 2.0)
    assert refusal("sweep", *asked, "--scheduler", cluster.address) == (
        f"the scheduler at {cluster.address} has no worker: start some with `dask worker {cluster.address}`"
    )


def test_a_worker_with_another_cvdbot_is_a_sentence(cluster, asked, tmp_path):
    other = tmp_path / "other" / "cvdbot-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: cvdbot\nVersion: 9.9\n")
    cluster.worker(other.parent)
    sentence = refusal("sweep", *asked, "--scheduler", cluster.address)
    assert "has cvdbot 9.9, here it is 0.1.0: install the same version there" in sentence


def test_without_dask_the_sentence_names_what_installs_it(asked, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "analysis.study.sweeps.cluster")
    monkeypatch.delattr("analysis.study.sweeps.cluster")
    sentence = refusal("sweep", *asked, "--scheduler", "tcp://127.0.0.1:1")
    assert sentence.startswith("--scheduler needs Dask's distributed, which is not installed: pip install '.[cluster]'")
