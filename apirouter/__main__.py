"""``python -m apirouter COMMAND``."""

import sys

from apirouter.cmd.main import main

sys.exit(main())
