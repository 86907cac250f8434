import socket
import subprocess
import sys
from pathlib import Path

import pytest

from embedded import servers
from embedded.servers import FAST_AND_FORGETFUL, Postgres, ServerFailed, Valkey


def test_a_second_run_in_the_same_folder_is_told_so(tmp_path):
    with (
        servers.locked(tmp_path),
        pytest.raises(ServerFailed, match="Another run already uses"),
        servers.locked(tmp_path),
    ):
        pass


def test_the_folder_is_free_again_after_a_run(tmp_path):
    with servers.locked(tmp_path):
        pass
    with servers.locked(tmp_path):
        pass


def test_a_taken_port_is_seen():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not servers.port_is_free(taken.getsockname()[1])


def test_a_free_port_is_none_that_the_kernel_may_give_to_a_caller_meanwhile():
    lowest, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    if int(lowest) <= servers.LOWEST_PORT:
        pytest.skip("this machine gives callers any port")
    ports = {servers.free_port() for _ in range(20)}
    assert max(ports) < int(lowest)
    assert len(ports) > 1


def test_both_servers_start_and_stop_in_a_folder_with_a_space_and_keep_their_data(tmp_path):
    folder = tmp_path / "a folder with a space"
    for _ in range(2):
        postgres = Postgres(folder / "postgres", settings=FAST_AND_FORGETFUL)
        valkey = Valkey(folder / "valkey")
        postgres.start()
        valkey.start()
        assert postgres._client("pg_isready") == 0
        valkey.stop()
        postgres.stop()
        assert postgres.process
        assert postgres.process.returncode == 0
        assert valkey.process
        assert valkey.process.returncode == 0


def test_a_broken_data_folder_gets_one_sentence(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(ServerFailed, match="is not a database folder"):
        Postgres(tmp_path, settings=FAST_AND_FORGETFUL).start()


def test_a_server_does_not_outlive_who_started_it():
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from embedded import servers;"
            "print(servers.start(['sleep', '60']).pid, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout
    child = int(starter.stdout.readline())
    starter.kill()
    starter.wait()
    assert servers.wait_until(lambda: not is_alive(child), gone=lambda: False)


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
