"""Run the command as `python -m infra.cli`."""

import sys

from infra.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
