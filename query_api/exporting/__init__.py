"""All that is held on one person, as files in one stream (docs/export.md). Routes and commands do not belong here."""
