"""``qingxi office``: each command on a home of its own, in its own process; a mistake is a sentence, never a traceback."""

import subprocess
import sys

import pytest

CODE = "import sys; from qingxi.cli import main; sys.exit(main(sys.argv[1:]))"


def qingxi(*argv):
    return subprocess.run(
        [sys.executable, "-c", CODE, *map(str, argv)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory, hamlet_folder):
    home = tmp_path_factory.mktemp("commands") / "office"
    done = qingxi("office", "load", hamlet_folder, "--home", home)
    assert done.returncode == 0, done.stderr
    assert "已载入" in done.stdout
    return home


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("examine", "检查设施"),
        ("figures", "治理率"),
        ("bulletin", "通报"),
        ("trail_check", "留痕链完好"),
        ("check", ""),
    ],
)
def test_command_does_its_work(home, command, says):
    done = qingxi("office", command, "--home", home)
    assert done.returncode == 0, done.stderr
    assert says in done.stdout


def test_mistakes_are_sentences(tmp_path, home):
    for argv in (
        ("office", "figures", "--home", tmp_path / "empty"),
        ("office", "load", tmp_path, "--home", tmp_path / "empty"),
        ("office", "nonsense", "--home", tmp_path / "empty"),
        ("office", "practice_day", "someday", "--home", home),
        ("serve", "--home", tmp_path / "nothing"),
    ):
        done = qingxi(*argv)
        assert done.returncode == 2, argv
        assert "Traceback" not in done.stderr + done.stdout
        assert done.stderr.strip()


def test_secret_key_is_kept_and_readable_by_its_owner_only(home):
    key = home / "secret.key"
    before = key.read_text()
    assert key.stat().st_mode & 0o077 == 0
    qingxi("office", "check", "--home", home)
    assert key.read_text() == before


def test_importing_settings_writes_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import qingxi_office.site.settings"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={"QINGXI_HOME": str(tmp_path / "home"), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_web_loads_nothing_heavy(tmp_path):
    """The pages' process must start in under three seconds: nothing of the planner's or DuckDB's weight at the door."""
    code = (
        "import sys, qingxi_office.site.wsgi, qingxi_office.site.urls;"
        "print(*[m for m in ('numba', 'pandas', 'duckdb', 'rasterio', 'highspy', 'pyogrio', 'docx') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={"QINGXI_HOME": str(tmp_path), "PATH": "", "DJANGO_SETTINGS_MODULE": "qingxi_office.site.settings"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
