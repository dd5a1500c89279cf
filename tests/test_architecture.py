"""The shape of the house, where import-linter's contracts cannot say it."""

import ast
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))


def imported(file: Path) -> set[str]:
    """Return the dotted names of all that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def modules(file: Path) -> set[str]:
    """Return the files of ours that a file imports, as paths below bot/ without suffix."""
    found = {name.removeprefix("bot.").replace(".", "/") for name in imported(file) if name.startswith("bot.")}
    return {name for name in found if (ROOT / f"{name}.py").is_file()}


def test_outsiders_import_a_folder_and_never_a_file_in_it() -> None:
    trespassing = {
        f"{file.relative_to(ROOT)} -> {name}"
        for file in FILES
        for name in modules(file)
        if "/" in name and file.relative_to(ROOT).parts[0] != name.split("/")[0]
    }
    assert trespassing == set()


def test_kinds_of_feeds_and_media_do_not_know_each_other() -> None:
    for folder, shared in (("feeds", "_"), ("outputs", "output")):
        rooms = [f for f in (ROOT / folder).glob("*.py") if f.name != "__init__.py" and not f.stem.startswith(shared)]
        assert len(rooms) > 1
        known = {
            f"{room.stem} -> {other.stem}"
            for room in rooms
            for other in rooms
            if f"{folder}/{other.stem}" in modules(room)
        }
        assert known == set()


def test_only_the_app_and_the_demo_read_the_clock() -> None:
    def reads_clock(node: ast.AST) -> bool:
        called = node.func if isinstance(node, ast.Call) else None
        return (
            isinstance(called, ast.Attribute)
            and called.attr in {"now", "utcnow", "today", "time", "time_ns"}
            and (isinstance(called.value, ast.Name) and called.value.id in {"datetime", "date", "time"})
        )

    readers = {
        file.relative_to(ROOT).as_posix()
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if reads_clock(node)
    }
    assert {reader for reader in readers if not reader.startswith("demo/")} == {"app/building.py"}


def test_only_the_command_line_reads_the_environment() -> None:
    readers = {f.relative_to(ROOT).as_posix() for f in FILES if "bot.config.settings" in imported(f)}
    touching = {
        file.relative_to(ROOT).as_posix()
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers == {"cli/edges.py"}
    assert touching <= {"cli/edges.py", "workers.py"}  # a worker sets variables for itself, before it reads anything


def test_every_module_opens_with_a_sentence() -> None:
    silent = [f for f in FILES if f.stat().st_size and not ast.get_docstring(ast.parse(f.read_text(encoding="utf-8")))]
    assert silent == []


def test_every_kind_of_feed_has_a_sample() -> None:
    from bot import feeds

    samples = [sample.name for sample in (Path(__file__).parent / "samples").iterdir()]
    assert {kind for kind in feeds.kinds() if not any(name.startswith(kind) for name in samples)} == set()
