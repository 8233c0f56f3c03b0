"""Downloads from a server on this machine that behaves as badly as the real ones."""

import errno
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import s2s_helpers.runtime.download as module
from s2s_helpers.runtime.download import DownloadError, download

DATA = bytes(range(256)) * 2000  # 512,000 bytes: several chunks
SHA256 = hashlib.sha256(DATA).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves ``data``. ``cuts``: after how many bytes the next answers end; ``asked``: the Range of each request."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.data, self.cuts, self.asked, self.ranges, self.gate = DATA, [], [], True, None

    def url(self, path: str = "/file") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
            return
        if self.path != "/file":
            self.send_error(404)
            return
        asked = self.headers["Range"]
        server.asked.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.ranges else 0
        if start and start >= len(server.data):
            self.send_error(416)
            return
        body = server.data[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: server.cuts.pop(0) if server.cuts else None])
        if server.gate:
            server.gate.wait(10)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(module, "PAUSES", (0, 0, 0))
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def names(folder):
    """What lies in ``folder``, without the lock, which stays."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_file_and_its_new_folder(server, tmp_path, capsys):
    path = tmp_path / "new" / "folder" / "x.bin"
    assert download(server.url(), path, SHA256) == path
    assert path.read_bytes() == DATA and names(path.parent) == ["x.bin"]
    assert "512k/512k" in capsys.readouterr().err  # the bar


def test_what_is_there_is_not_asked_for_again(server, tmp_path):
    for _ in range(2):
        download(server.url(), tmp_path / "x", SHA256)
    assert server.asked == [None]


def test_a_damaged_file_is_replaced(server, tmp_path):
    (tmp_path / "x").write_bytes(DATA[:-1] + b"?")
    download(server.url(), tmp_path / "x", SHA256)
    assert (tmp_path / "x").read_bytes() == DATA


def test_redirects_are_followed(server, tmp_path):
    (tmp_path / "x.part").write_bytes(DATA[:1000])
    assert download(server.url("/moved/moved/file"), tmp_path / "x", SHA256).read_bytes() == DATA
    assert server.asked == ["bytes=1000-"]


def test_a_cut_download_goes_on_where_it_was(server, tmp_path):
    server.cuts = [200_000, 150_000]
    assert download(server.url(), tmp_path / "x", SHA256).read_bytes() == DATA
    starts = [int(asked[6:-1]) for asked in server.asked[1:]]
    assert 100_000 < starts[0] <= 200_000 and 200_000 < starts[1] <= 350_000


def test_cut_again_and_again_the_part_is_kept_for_the_next_start(server, tmp_path):
    server.cuts = [200_000] + 3 * [0]
    with pytest.raises(DownloadError, match=r"127.0.0.1: .*cut again and again.*; 0.2 MB are kept in .*x\.part; "):
        download(server.url(), tmp_path / "x", SHA256)
    assert names(tmp_path) == ["x.part"]
    have = (tmp_path / "x.part").stat().st_size
    download(server.url(), tmp_path / "x", SHA256)
    assert have > 100_000 and server.asked[-1] == f"bytes={have}-" and names(tmp_path) == ["x"]


def test_a_server_without_range_sends_all_again(server, tmp_path):
    server.ranges = False
    (tmp_path / "x.part").write_bytes(DATA[:1000])
    assert download(server.url(), tmp_path / "x", SHA256).read_bytes() == DATA
    assert server.asked == ["bytes=1000-"]


@pytest.mark.parametrize("part", [b"of another file", DATA + b"and more"], ids=["other", "longer"])
def test_a_part_of_another_file_is_thrown_away(server, tmp_path, part):
    (tmp_path / "x.part").write_bytes(part)
    assert download(server.url(), tmp_path / "x", SHA256).read_bytes() == DATA
    assert server.asked == [f"bytes={len(part)}-", None]


def test_a_part_that_is_whole_only_gets_its_name(server, tmp_path):
    (tmp_path / "x.part").write_bytes(DATA)
    assert download(server.url(), tmp_path / "x", SHA256).read_bytes() == DATA and names(tmp_path) == ["x"]


def test_another_file_than_expected_is_removed(server, tmp_path):
    server.data = b"<html>Please log in to the hotel network</html>"
    with pytest.raises(DownloadError, match="not the file that was expected .*removed"):
        download(server.url(), tmp_path / "x", SHA256)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "address, complaint",
    [
        ("{}/absent", "the server answered 404 Not Found"),
        ("{}/movedfile:///etc/passwd", "file:///etc/passwd"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("http://127.0.0.1:9/x", "127.0.0.1: no connection.*check the network"),
    ],
)
def test_no_such_file_or_server(server, tmp_path, address, complaint):
    with pytest.raises(DownloadError, match=complaint) as error:
        download(address.format(server.url("")), tmp_path / "x", SHA256)
    assert names(tmp_path) == [] and "\n" not in str(error.value)


def test_full_disk(server, tmp_path, monkeypatch):
    class Full:
        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "open", Full, raising=False)
    with pytest.raises(DownloadError, match="x: cannot be written .No space left on device.; free some space"):
        download(server.url(), tmp_path / "x", SHA256)


def test_a_folder_that_cannot_be(server, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match="cannot be written .*another folder"):
        download(server.url(), tmp_path / "file" / "x", SHA256)


def test_two_at_once(server, tmp_path):
    server.gate = threading.Event()  # the first answer does not end before the second start has come
    done = []
    work = lambda: done.append(download(server.url(), tmp_path / "x", SHA256).read_bytes())  # noqa: E731
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    threading.Timer(0.2, server.gate.set).start()
    for thread in threads:
        thread.join()
    assert done == [DATA, DATA] and server.asked == [None] and names(tmp_path) == ["x"]
