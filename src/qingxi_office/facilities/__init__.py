"""The register of treatment facilities (一站一档)."""
