"""The composition root: settings, the commands and the two run modes. The only folder that knows all others."""
