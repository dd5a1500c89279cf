"""Where Lookout starts: the `lookout` command, and `python -m bot`."""

from bot.cli import app, failures_told


def main() -> None:
    """Run the command line; end with one line for every failure we have a plan for."""
    with failures_told():
        app(prog_name="lookout")


if __name__ == "__main__":
    main()
