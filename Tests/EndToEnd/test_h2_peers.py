"""Both protocols on both sides, with curl and h2load in front, nginx and nghttpd behind."""

import hashlib
import os
import subprocess

import pytest
from martlet import over_http2
from polling import PATIENCE

MEBIBYTE = 1 << 20
BODY = bytes(range(256)) * (32 * MEBIBYTE // 256)
# What a client's and an endpoint's windows let come before it moves on, a few buffers and what the
# allocator keeps beside them.
ALLOWED_GROWTH = 3 * MEBIBYTE
# A busy machine may need more than the 15 s that a route has.
ROUTES = """
- match: { prefix: / }
  route: { cluster: one, timeout: 0s }
"""


@pytest.fixture(params=["h1", "h2"])
def endpoint(request, nginx, nghttpd):
    """A real server, and what a cluster is told of its protocol."""
    if request.param == "h1":
        return nginx(), {}
    return nghttpd(), over_http2({})


@pytest.fixture
def martlet(proxy, endpoint):
    server, options = endpoint
    (server.files / "body").write_bytes(BODY)
    (server.files / "word").write_text("word\n")
    return proxy({"one": server}, ROUTES, cluster_config=options)


@pytest.fixture(params=["http1.1", "http2-prior-knowledge"])
def curl(request, martlet, tmp_path):
    """Runs curl in one of the protocols, and gives the digest of what it received."""

    def curl(*options: str, path: str) -> str:
        output = tmp_path / "output"
        command = ["curl", "-sS", f"--{request.param}", "-H", "Expect:", *options, "-o", output]
        url = f"http://127.0.0.1:{martlet.port}{path}"
        done = subprocess.run([*command, url], capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return hashlib.sha256(output.read_bytes()).hexdigest()

    return curl


@pytest.mark.parametrize("protocol", [["--h1"], []], ids=["h1", "h2"])
def test_h2load_has_every_request_answered(martlet, protocol):
    command = ["h2load", *protocol, "--requests=4000", "--clients=10", "--max-concurrent-streams=8"]
    url = f"http://127.0.0.1:{martlet.port}/files/word"
    done = subprocess.run([*command, url], capture_output=True, text=True, timeout=PATIENCE)
    assert "4000 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout
    martlet.expect("http.in.downstream_rq_2xx", 4000)
    martlet.expect("cluster.one.upstream_rq_2xx", 4000)


def test_an_endpoint_of_few_streams_gets_as_many_connections_as_it_takes(proxy, nghttpd):
    upstream = nghttpd("--max-concurrent-streams=8")
    (upstream.files / "word").write_text("word\n")
    options = ("--concurrency", "1")
    martlet = proxy({"one": upstream}, ROUTES, options, cluster_config=over_http2({}))
    load = ("--requests=4000", "--clients=10", "--max-concurrent-streams=10", "-H:method: POST")
    command = ["h2load", *load, f"http://127.0.0.1:{martlet.port}/files/word"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert "4000 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout
    # Of the first connection it was not known yet.
    assert martlet.stat("cluster.one.upstream_rq_retry") <= 92
    assert martlet.stat("cluster.one.upstream_cx_total") >= 13


def test_a_download_passes_a_slow_client_whole(martlet, curl):
    assert curl(path="/files/word") == hashlib.sha256(b"word\n").hexdigest()
    before = martlet.resident()
    assert curl("--limit-rate", "64M", path="/files/body") == hashlib.sha256(BODY).hexdigest()
    assert martlet.resident() - before <= ALLOWED_GROWTH


@pytest.mark.parametrize("endpoint", ["h2"], indirect=True)
def test_an_upload_comes_back_whole(curl, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(os.urandom(8 * MEBIBYTE))
    assert curl("-T", str(body), path="/echo") == hashlib.sha256(body.read_bytes()).hexdigest()
