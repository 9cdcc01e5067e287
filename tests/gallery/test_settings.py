from pathlib import Path

import pytest

from gallery.demo import Chapter
from gallery.settings import Settings, SettingsError, help_texts, parse_bytes


def test_the_command_line_wins_over_the_environment_and_that_over_the_defaults() -> None:
    environment = {"GALLERY_PORT": "8001", "GALLERY_HOST": "0.0.0.0"}
    settings = Settings.read(["--port", "8002"], environment)
    assert (settings.port, settings.host, settings.device) == (8002, "0.0.0.0", "auto")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8GB", 8_000_000_000),
        ("512 MiB", 2**29),
        ("1.5g", 1_500_000_000),
        ("1000", 1000),
        ("2TB", 2 * 10**12),
    ],
)
def test_memory_is_written_as_people_do(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1GB", "1XB", "1e9"])
def test_other_amounts_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="8GB"):
        parse_bytes(text)


def test_switches_take_a_word_or_none() -> None:
    assert Settings.read(["--projector"], {}).projector
    assert not Settings.read(["--projector", "0"], {"GALLERY_PROJECTOR": "1"}).projector
    assert Settings.read([], {"GALLERY_OFFLINE": "yes"}).offline


def test_chapters_have_a_short_name_too() -> None:
    chapters = Settings.read(["--chapters", "games, Generative models"], {}).chapters
    assert chapters == (Chapter.GAMES, Chapter.GENERATIVE)


def test_auth_from_a_file_or_the_line(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("ada:one\n\ngrace:two:three\n")
    assert Settings.read(["--auth", str(file)], {}).auth == (("ada", "one"), ("grace", "two:three"))
    assert Settings.read(["--auth", "ada:one"], {}).auth == (("ada", "one"),)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--port", "http"], {}),
        (["--chapters", "cooking"], {}),
        ([], {"GALLERY_DEVICE_MEMORY": "100 %"}),
        ([], {"GALLERY_SHARE": "perhaps"}),
    ],
)
def test_what_cannot_be_ends_with_a_sentence(
    arguments: list[str], environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        Settings.read(arguments, environment)
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("app.py: error:")
    assert said.endswith(".")


def test_a_password_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Settings.read(["--auth", "s3cret"], {})
    assert "s3cret" not in capsys.readouterr().err


def test_every_option_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    helps = help_texts(Settings)
    assert set(helps) == set(Settings.__dataclass_fields__)
    assert all(text.endswith((".", ")")) for text in helps.values())
    with pytest.raises(SystemExit) as end:
        Settings.read(["--help"], {})
    assert end.value.code == 0
    assert "--device-memory" in capsys.readouterr().out


def test_a_space_listens_to_its_proxy() -> None:
    settings = Settings.read([], {"SPACE_ID": "someone/gallery"})
    assert settings.host == "0.0.0.0"
    assert settings.behind_proxy
    assert Settings.read([], {}).host == "127.0.0.1"
