"""`python -m bot` is `patrol`."""

import sys

from bot.cli import main

sys.exit(main())
