"""The snippet of a shop's pages: its source, and every version that is out, as `ingest/snippet_files.py` serves them.

`make snippet` builds it (TypeScript, esbuild); the built files are in the repository, so that users need no Node.
"""
