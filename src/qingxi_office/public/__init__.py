"""The villagers' door: published things only, no sign-in (公开页)."""
