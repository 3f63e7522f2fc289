# /// script
# dependencies = ["nox>=2025.02.09", "antsibull-nox>=1.10"]
# ///
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the community's own tool, beside `make test`, which stays the measure.

antsibull-nox takes the newest release of every tool, so a session can break by itself: nothing blocks on it.
It needs an environment of its own: galaxy-importer and nox want different releases of attrs.
"""

from __future__ import annotations

import antsibull_nox
import nox

antsibull_nox.load_antsibull_nox_toml()

if __name__ == "__main__":
    nox.main()
